<?php
/**
 * Sends the queue.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/**
 * One event after the other, a story's in their order, in a process that nobody waits for: after
 * the answer to the request that added them where PHP can do that, otherwise by WP-Cron.
 */
final class Sender {

	public const SEND   = 'story_history_send';
	public const STATUS = 'story_history_status';

	private const SOON    = 'story_history_send_soon';
	private const SECONDS = 25;
	private const LONGEST = 1800;

	/** @var Queue */
	private $queue;

	/** @var Stories */
	private $stories;

	/** @var Archive */
	private $archive;

	/** @var Revisions */
	private $revisions;

	public function __construct( Queue $queue, Stories $stories, Archive $archive, Revisions $revisions ) {
		$this->queue     = $queue;
		$this->stories   = $stories;
		$this->archive   = $archive;
		$this->revisions = $revisions;
	}

	public function register(): void {
		add_filter( 'cron_schedules', array( $this, 'with_minute' ) );
		add_action( 'init', array( $this, 'schedule' ) );
		add_action( self::SEND, array( $this, 'run' ) );
		add_action( self::SOON, array( $this, 'run' ) );
		add_action( 'shutdown', array( $this, 'send_soon' ), 1000 );
		add_action( 'update_option_' . Settings::OPTION, array( $this, 'resume' ) );
		add_action( 'update_option_' . Settings::TOKEN, array( $this, 'resume' ) );
	}

	/**
	 * @param array<string, array{interval: int, display: string}> $schedules WordPress's own.
	 * @return array<string, array{interval: int, display: string}>
	 */
	public function with_minute( array $schedules ): array {
		$schedules['story_history_minute'] = array(
			'interval' => (int) apply_filters( 'story_history_interval', MINUTE_IN_SECONDS ),
			'display'  => __( 'Once a minute', 'story-history' ),
		);
		return $schedules;
	}

	public function schedule(): void {
		if ( ! wp_next_scheduled( self::SEND ) ) {
			wp_schedule_event( time(), 'story_history_minute', self::SEND );
		}
		if ( ! wp_next_scheduled( Recorder::CATCH_UP ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', Recorder::CATCH_UP );
		}
	}

	public static function unschedule(): void {
		foreach ( array( self::SEND, self::SOON, Recorder::CATCH_UP ) as $hook ) {
			wp_clear_scheduled_hook( $hook );
		}
	}

	/** At the end of a request that added something. */
	public function send_soon(): void {
		if ( ! $this->queue->added() || ! $this->archive->is_known() || $this->pause() > 0 ) {
			return;
		}
		if ( function_exists( 'fastcgi_finish_request' ) || function_exists( 'litespeed_finish_request' ) ) {
			ignore_user_abort( true );
			function_exists( 'fastcgi_finish_request' ) ? fastcgi_finish_request() : litespeed_finish_request();
			$this->run();
		} else {
			wp_schedule_single_event( time(), self::SOON );
			if ( ! ( defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON ) && ! ( defined( 'ALTERNATE_WP_CRON' ) && ALTERNATE_WP_CRON ) ) {
				spawn_cron();
			}
		}
	}

	/** The settings have changed, or an administrator does not want to wait: try at once. */
	public function resume(): void {
		$this->set_status( array( 'failures' => 0, 'paused_until' => 0 ) );
		$this->queue->hurry();
	}

	/** Seconds until the next attempt, after the archive was away. */
	public function pause(): int {
		return max( 0, $this->status()['paused_until'] - time() );
	}

	/**
	 * What an administrator sees. Times are Unix times, 0 if there was none.
	 *
	 * @return array{success_at: int, error_at: int, error: string, failures: int, paused_until: int}
	 */
	public function status(): array {
		$none = array( 'success_at' => 0, 'error_at' => 0, 'error' => '', 'failures' => 0, 'paused_until' => 0 );
		return array_merge( $none, (array) get_option( self::STATUS, array() ) );
	}

	/**
	 * Send what is due, for about so many seconds. Whether nothing is left that could be sent now.
	 *
	 * @param mixed $seconds How long; WP-Cron gives an empty text.
	 */
	public function run( $seconds = self::SECONDS ): bool {
		global $wpdb;
		if ( ! $this->archive->is_known() || $this->pause() > 0 ) {
			return true;
		}
		$end  = time() + ( is_numeric( $seconds ) ? (int) $seconds : self::SECONDS );
		$lock = 'story_history_' . md5( DB_NAME . $wpdb->prefix );
		// The database releases it when the connection ends, however this process does.
		if ( ! $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 5)', $lock ) ) ) {
			return false;
		}
		try {
			while ( time() < $end ) {
				$event = $this->queue->next();
				if ( ! $event ) {
					return true;
				}
				$this->queue->begin( $event, $this->delay( $event->attempts + 1 ) );
				if ( ! $this->settle( $event, $this->deliver( $event, $end ) ) ) {
					return true;
				}
			}
			return false;
		} finally {
			$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $lock ) );
		}
	}

	/** Whether to go on with the next event. `$answer`: null if a back-fill goes on another time. */
	private function settle( Event $event, ?Answer $answer ): bool {
		if ( null === $answer ) {
			return true;
		}
		if ( $answer->is_fine() || $this->is_settled( $event, $answer ) ) {
			$this->queue->done( $event );
			$this->set_status( array( 'success_at' => time(), 'failures' => 0 ) );
			return true;
		}
		$this->set_status( array( 'error_at' => time(), 'error' => "$event->story: " . $answer->message() ) );
		if ( $answer->concerns_all() ) {
			$failures = $this->status()['failures'] + 1;
			$pause    = max( $answer->retry_after, $this->delay( $failures ) );
			$this->set_status( array( 'failures' => $failures, 'paused_until' => time() + $pause ) );
			$this->queue->again( $event );
			return false;
		}
		if ( $answer->is_passing() ) {
			$this->queue->failed( $event, $answer->message() );
		} else {
			$this->queue->refused( $event, $answer->message(), $answer->problem() );
		}
		return true;
	}

	/** Whether a refusal says that there is nothing to do. */
	private function is_settled( Event $event, Answer $answer ): bool {
		if ( 'not-found' === $answer->problem() && Queue::PUBLISH !== $event->action ) {
			// No version of it was ever accepted.
			if ( Queue::ALIAS === $event->action ) {
				$this->stories->lacks_alias( $event->story );
			}
			return true;
		}
		if ( Queue::WITHDRAW === $event->action ) {
			return 'wrong-state' === $answer->problem(); // It is withdrawn already.
		}
		// A slug that is another story's, or no id, is no loss: the story has its own id.
		return Queue::ALIAS === $event->action && in_array( $answer->status, array( 409, 422 ), true ) && ! $answer->is_passing();
	}

	private function deliver( Event $event, int $end ): ?Answer {
		switch ( $event->action ) {
			case Queue::PUBLISH:
				$answer = $this->archive->publish( $event->story, $event->body, $event->key );
				break;
			case Queue::BACKFILL:
				return $this->deliver_revisions( $event, $end );
			default:
				return $this->archive->act( $event->story, $event->body, $event->key );
		}
		if ( $answer->is_fine() ) {
			$this->stories->is_recorded( $event->story, $answer->dropped() );
		}
		return $answer;
	}

	/** Null if time is up, and the rest is for the next run. */
	private function deliver_revisions( Event $event, int $end ): ?Answer {
		$done   = (int) $event->body['after'];
		$answer = null;
		$texts  = $this->revisions->public_texts( $event );
		$known  = array_search( $done, array_column( $texts, 'id' ), true );
		foreach ( array_slice( $texts, $done && false !== $known ? $known + 1 : 0 ) as $text ) {
			if ( time() >= $end ) {
				$this->queue->again( $event );
				return null;
			}
			$body   = $this->revisions->body( get_post( $event->post ), $text );
			$answer = $this->archive->post( "stories/$event->story/revisions", $body, "$event->key-{$text['id']}" );
			// The archive has later versions: what came before them cannot be put there any more.
			if ( ! $answer->is_fine() && ! $answer->refuses( 'created_at' ) ) {
				return $answer;
			}
			if ( $answer->is_fine() ) {
				$this->stories->is_recorded( $event->story, $answer->dropped() );
			}
			$event->body['after'] = $text['id'];
			$this->queue->progress( $event );
		}
		return $this->archive->newest( $event->story );
	}

	/** Seconds until the next attempt: half a minute, one, two, … half an hour. */
	private function delay( int $attempts ): int {
		$seconds = (int) min( self::LONGEST, 30 * 2 ** min( 10, $attempts - 1 ) );
		return (int) apply_filters( 'story_history_retry_delay', $seconds, $attempts );
	}

	/** @param array<string, mixed> $fields */
	private function set_status( array $fields ): void {
		update_option( self::STATUS, array_merge( $this->status(), $fields ), false );
	}
}
