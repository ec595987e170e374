<?php
/**
 * The commands of WP-CLI.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Looks after the connection to the archive. */
final class Command {

	private const BATCH = 100;

	/** @var Queue */
	private $queue;

	/** @var Sender */
	private $sender;

	/** @var Recorder */
	private $recorder;

	/** @var Archive */
	private $archive;

	public function __construct( Queue $queue, Sender $sender, Recorder $recorder, Archive $archive ) {
		$this->queue    = $queue;
		$this->sender   = $sender;
		$this->recorder = $recorder;
		$this->archive  = $archive;
	}

	/**
	 * Sends public articles that are not in the archive yet, with the versions that WordPress kept.
	 *
	 * It can be interrupted, and goes on where it was.
	 *
	 * ## OPTIONS
	 *
	 * [<id>...]
	 * : Only these articles.
	 *
	 * @param string[] $ids Posts' numbers.
	 */
	public function backfill( array $ids ): void {
		foreach ( $ids as $id ) {
			if ( ! $this->recorder->backfill_post( (int) $id ) ) {
				\WP_CLI::error( "Article $id is not public, or not of a type that is recorded." );
			}
		}
		$done = count( $ids );
		$this->send();
		while ( ! $ids ) {
			$queued = $this->recorder->backfill( self::BATCH );
			if ( ! $queued ) {
				break;
			}
			$this->send();
			$done += $queued;
			\WP_CLI::log( "$done articles done, {$this->recorder->count_unknown()} to go" );
		}
		\WP_CLI::success( "Articles looked at: $done." );
	}

	/** Sends what waits, now. */
	public function send(): void {
		$this->archive->is_known() || \WP_CLI::error( 'No archive is set: Settings → Story History.' );
		$this->sender->resume();
		while ( ! $this->sender->run() ) {
			\WP_CLI::log( $this->queue->count( 'waiting' ) . ' changes wait' );
		}
		$status = $this->sender->status();
		if ( $status['failures'] ) {
			\WP_CLI::error( $status['error'] );
		}
	}

	/** Says how many changes wait, and what the archive refused. */
	public function status(): void {
		$status = $this->sender->status();
		\WP_CLI::log( 'waiting: ' . $this->queue->count( 'waiting' ) );
		\WP_CLI::log( 'refused: ' . $this->queue->count( 'refused' ) );
		\WP_CLI::log( 'last success: ' . ( $status['success_at'] ? gmdate( 'c', $status['success_at'] ) : 'none' ) );
		\WP_CLI::log( 'last error: ' . ( $status['error_at'] ? gmdate( 'c', $status['error_at'] ) . " {$status['error']}" : 'none' ) );
		foreach ( $this->queue->troubled( 20 ) as $event ) {
			\WP_CLI::log( "$event->status: $event->story, $event->action: $event->message" );
		}
	}

	/** Tests the archive's address and the token. */
	public function test(): void {
		$fault = $this->archive->fault();
		'' === $fault ? \WP_CLI::success( 'The archive answers, and accepts the token.' ) : \WP_CLI::error( $fault );
	}
}
