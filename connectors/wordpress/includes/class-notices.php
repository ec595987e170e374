<?php
/**
 * What an administrator must know.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Says on the dashboard, among plugins and posts that something needs an administrator; it goes when that is done. */
final class Notices {

	/** How long the archive may be away before it is said, in seconds. */
	private const PATIENCE = 900;

	/** @var Settings */
	private $settings;

	/** @var Queue */
	private $queue;

	/** @var Sender */
	private $sender;

	public function __construct( Settings $settings, Queue $queue, Sender $sender ) {
		$this->settings = $settings;
		$this->queue    = $queue;
		$this->sender   = $sender;
	}

	public function register(): void {
		add_action( 'admin_notices', array( $this, 'show' ) );
	}

	public function show(): void {
		$screen = get_current_screen();
		if ( ! current_user_can( Admin_Page::CAPABILITY ) || ! $screen || ! in_array( $screen->base, array( 'dashboard', 'plugins', 'edit' ), true ) ) {
			return;
		}
		$message = $this->message();
		if ( '' !== $message ) {
			printf(
				'<div class="notice notice-warning"><p><strong>%s</strong> %s <a href="%s">%s</a></p></div>',
				esc_html__( 'Story History:', 'story-history' ),
				esc_html( $message ),
				esc_url( Admin_Page::url() ),
				esc_html__( 'See what to do', 'story-history' )
			);
		}
	}

	private function message(): string {
		if ( ! $this->settings->complete() ) {
			return __( 'No archive is set yet, so nothing is recorded. What is published meanwhile is kept and sent later.', 'story-history' );
		}
		$refused = $this->queue->count( 'refused' );
		if ( $refused ) {
			/* translators: %d: a number of changes */
			return sprintf( _n( 'The archive has refused %d change.', 'The archive has refused %d changes.', $refused, 'story-history' ), $refused );
		}
		$status = $this->sender->status();
		if ( $status['failures'] && $status['error_at'] - $status['success_at'] > self::PATIENCE ) {
			return __( 'The archive cannot be reached. What is published is kept and sent later.', 'story-history' );
		}
		return '';
	}
}
