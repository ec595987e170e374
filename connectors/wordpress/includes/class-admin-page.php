<?php
/**
 * The settings page.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Settings → Story History: the settings, whether the connection works, the queue, and what was refused. */
final class Admin_Page {

	public const CAPABILITY = 'manage_options';

	private const SLUG   = 'story-history';
	private const ACTION = 'story_history';
	private const RESULT = 'story_history_result_';
	private const BATCH  = 500;

	/** @var Settings */
	private $settings;

	/** @var Queue */
	private $queue;

	/** @var Stories */
	private $stories;

	/** @var Archive */
	private $archive;

	/** @var Sender */
	private $sender;

	/** @var Recorder */
	private $recorder;

	public function __construct( Settings $settings, Queue $queue, Stories $stories, Archive $archive, Sender $sender, Recorder $recorder ) {
		$this->settings = $settings;
		$this->queue    = $queue;
		$this->stories  = $stories;
		$this->archive  = $archive;
		$this->sender   = $sender;
		$this->recorder = $recorder;
	}

	public function register(): void {
		add_action( 'admin_menu', array( $this, 'add_page' ) );
		add_action( 'admin_init', array( $this, 'suggest_policy' ) );
		add_action( 'admin_post_' . self::ACTION, array( $this, 'act' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( $this, 'with_link' ) );
	}

	/** What the site's privacy policy may say of this. */
	public function suggest_policy(): void {
		$text = __( 'What we published is kept in a public archive of our articles’ versions, with the names of their authors and of who changed them. Your browser loads an article’s History from there; no cookie is set.', 'story-history' );
		wp_add_privacy_policy_content( __( 'Story History', 'story-history' ), '<p>' . esc_html( $text ) . '</p>' );
	}

	public static function url(): string {
		return admin_url( 'options-general.php?page=' . self::SLUG );
	}

	public function add_page(): void {
		add_options_page( __( 'Story History', 'story-history' ), __( 'Story History', 'story-history' ), self::CAPABILITY, self::SLUG, array( $this, 'show' ) );
	}

	/**
	 * @param string[] $links Of the list of plugins.
	 * @return string[]
	 */
	public function with_link( array $links ): array {
		return array_merge( array( sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'story-history' ) ) ), $links );
	}

	/** Do what one of the page's buttons says, and show the page again. */
	public function act(): void {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You may not do this.', 'story-history' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$do = sanitize_key( wp_unslash( $_POST['do'] ?? '' ) );
		$id = absint( $_POST['event'] ?? 0 );
		switch ( $do ) {
			case 'test':
				$result = $this->test();
				break;
			case 'send':
				$this->sender->resume();
				$this->sender->run();
				$left   = $this->queue->count( 'waiting' );
				$result = $left ? array( 'error', $this->sender->status()['error'] ) : array( 'success', __( 'Everything was sent.', 'story-history' ) );
				if ( $left && ! $this->sender->status()['failures'] ) {
					/* translators: %d: a number of changes */
					$result = array( 'info', sprintf( _n( '%d change still waits; it is sent in the background.', '%d changes still wait; they are sent in the background.', $left, 'story-history' ), $left ) );
				}
				break;
			case 'backfill':
				$queued = $this->recorder->backfill( self::BATCH );
				/* translators: %d: a number of articles */
				$result = array( 'success', sprintf( _n( '%d article and its earlier versions are being sent in the background.', '%d articles and their earlier versions are being sent in the background.', $queued, 'story-history' ), $queued ) );
				break;
			case 'retry':
				$this->queue->retry( $id, sanitize_textarea_field( wp_unslash( $_POST['note'] ?? '' ) ) );
				$this->sender->run( 10 );
				$result = array( 'info', __( 'It was sent again.', 'story-history' ) );
				break;
			case 'discard':
				$this->queue->discard( $id );
				$result = array( 'info', __( 'It was discarded: the archive will not have it.', 'story-history' ) );
				break;
			default:
				$result = array( 'error', __( 'Nothing was done.', 'story-history' ) );
		}
		set_transient( self::RESULT . get_current_user_id(), $result, MINUTE_IN_SECONDS );
		wp_safe_redirect( self::url() );
		exit;
	}

	public function show(): void {
		?>
		<div class="wrap">
			<h1><?php esc_html_e( 'Story History', 'story-history' ); ?></h1>
			<?php
			$this->show_result();
			$this->show_settings();
			if ( $this->settings->complete() ) {
				$this->show_state();
				$this->show_troubled();
				$this->show_backfill();
			}
			?>
		</div>
		<?php
	}

	/** @return array{string, string} The kind of notice, and what it says. */
	private function test(): array {
		if ( ! $this->settings->complete() ) {
			return array( 'error', __( 'Set the archive’s address and a token first.', 'story-history' ) );
		}
		$fault = $this->archive->fault();
		return '' === $fault ? array( 'success', __( 'The archive answers, and accepts the token.', 'story-history' ) ) : array( 'error', $fault );
	}

	private function show_result(): void {
		$key    = self::RESULT . get_current_user_id();
		$result = get_transient( $key );
		if ( is_array( $result ) ) {
			delete_transient( $key );
			printf( '<div class="notice notice-%s is-dismissible"><p>%s</p></div>', esc_attr( $result[0] ), esc_html( $result[1] ) );
		}
		if ( $this->settings->sends_in_clear() ) {
			printf( '<div class="notice notice-warning"><p>%s</p></div>', esc_html__( 'The archive’s address begins with http: whoever can read the network can read the token. Use https if the archive is on another machine.', 'story-history' ) );
		}
		if ( $this->settings->token_is_unreadable() ) {
			printf( '<div class="notice notice-error"><p>%s</p></div>', esc_html__( 'The stored token cannot be read any more, because the keys in wp-config.php have changed. Please enter it again.', 'story-history' ) );
		}
	}

	private function show_settings(): void {
		?>
		<form method="post" action="options.php">
			<?php settings_fields( Settings::GROUP ); ?>
			<table class="form-table" role="presentation">
				<?php
				$this->row( 'archive_url', __( 'Archive', 'story-history' ), fn() => $this->url_field( 'archive_url', $this->settings->archive_url(), defined( 'STORY_HISTORY_URL' ), __( 'The address at which this server reaches the archive, such as https://history.example.org', 'story-history' ) ) );
				$this->row( 'token', __( 'Token', 'story-history' ), array( $this, 'token_field' ) );
				$public = $this->settings->public_url() === $this->settings->archive_url() ? '' : $this->settings->public_url();
				$this->row( 'public_url', __( 'Archive for readers', 'story-history' ), fn() => $this->url_field( 'public_url', $public, false, __( 'The address at which readers reach it, if that is another.', 'story-history' ) ) );
				$this->row( '', __( 'Recorded', 'story-history' ), array( $this, 'post_types_field' ) );
				$this->row( 'show', __( 'Under each article', 'story-history' ), array( $this, 'show_field' ) );
				$this->row( 'reason', __( 'Reason without a note', 'story-history' ), array( $this, 'reason_field' ) );
				$this->row( 'prefix', __( 'Ids begin with', 'story-history' ), array( $this, 'prefix_field' ) );
				?>
			</table>
			<?php submit_button(); ?>
		</form>
		<?php
	}

	private function row( string $field, string $label, callable $show ): void {
		echo '<tr><th scope="row">';
		if ( '' === $field ) {
			echo esc_html( $label );
		} else {
			printf( '<label for="story-history-%s">%s</label>', esc_attr( $field ), esc_html( $label ) );
		}
		echo '</th><td>';
		$show();
		echo '</td></tr>';
	}

	private function url_field( string $name, string $value, bool $fixed, string $help ): void {
		printf(
			'<input type="url" class="regular-text code" id="story-history-%1$s" name="%2$s[%1$s]" value="%3$s" placeholder="%6$s" %4$s><p class="description">%5$s</p>',
			esc_attr( $name ),
			esc_attr( Settings::OPTION ),
			esc_attr( $value ),
			disabled( $fixed, true, false ),
			esc_html( $fixed ? __( 'Set in wp-config.php.', 'story-history' ) : $help ),
			esc_attr( 'public_url' === $name ? $this->settings->archive_url() : '' )
		);
	}

	public function token_field(): void {
		$fixed = defined( 'STORY_HISTORY_TOKEN' );
		$help  = __( 'With the role “integration”: story-history token create --role integration --name "The site"', 'story-history' );
		if ( $fixed ) {
			$help = __( 'Set in wp-config.php.', 'story-history' );
		} elseif ( '' !== $this->settings->token() ) {
			$help = __( 'A token is stored, and is not shown. Enter another one to replace it.', 'story-history' );
		}
		printf(
			'<input type="password" class="regular-text code" id="story-history-token" name="%s" value="" autocomplete="new-password" spellcheck="false" %s><p class="description">%s</p>',
			esc_attr( Settings::TOKEN ),
			disabled( $fixed, true, false ),
			esc_html( $help )
		);
	}

	public function post_types_field(): void {
		$name = Settings::OPTION . '[post_types][]';
		printf( '<fieldset><legend class="screen-reader-text">%s</legend><input type="hidden" name="%s" value="">', esc_html__( 'Recorded', 'story-history' ), esc_attr( $name ) );
		foreach ( get_post_types( array( 'public' => true ), 'objects' ) as $type ) {
			if ( 'attachment' !== $type->name ) {
				$chosen = in_array( $type->name, $this->settings->post_types(), true );
				printf( '<label><input type="checkbox" name="%s" value="%s" %s> %s</label><br>', esc_attr( $name ), esc_attr( $type->name ), checked( $chosen, true, false ), esc_html( $type->labels->name ) );
			}
		}
		echo '</fieldset>';
	}

	public function show_field(): void {
		$choices = array(
			'list' => __( 'Its History: versions, notes and what changed', 'story-history' ),
			'link' => __( 'A link to its History', 'story-history' ),
			'off'  => __( 'Nothing; a block or [story_history] shows the History', 'story-history' ),
		);
		printf( '<select id="story-history-show" name="%s[show]">', esc_attr( Settings::OPTION ) );
		foreach ( $choices as $value => $label ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( $value ), selected( $this->settings->show(), $value, false ), esc_html( $label ) );
		}
		echo '</select>';
	}

	public function reason_field(): void {
		printf(
			'<input type="text" class="regular-text" id="story-history-reason" name="%s[reason]" value="%s"><p class="description">%s</p>',
			esc_attr( Settings::OPTION ),
			esc_attr( $this->settings->reason() ),
			esc_html__( 'What readers are told when an article is taken off the site, unless its note says why.', 'story-history' )
		);
	}

	public function prefix_field(): void {
		printf(
			'<input type="text" class="regular-text code" id="story-history-prefix" name="%s[prefix]" value="%s"><p class="description">%s</p>',
			esc_attr( Settings::OPTION ),
			esc_attr( $this->settings->prefix() ),
			/* translators: %s: an example of an id */
			esc_html( sprintf( __( 'An article’s id in the archive, such as %s, never changes. Sites that share an archive need different beginnings.', 'story-history' ), $this->settings->prefix() . '-17' ) )
		);
	}

	private function show_state(): void {
		$status  = $this->sender->status();
		$waiting = $this->queue->count( 'waiting' );
		$length  = number_format_i18n( $waiting );
		if ( $waiting ) {
			/* translators: 1: a number of changes, 2: a time */
			$length = sprintf( __( '%1$s, the oldest since %2$s', 'story-history' ), $length, $this->time( (int) strtotime( $this->queue->oldest() . ' UTC' ) ) );
		}
		$rows = array( array( __( 'Waiting to be sent', 'story-history' ), $length ) );
		if ( $status['success_at'] ) {
			$rows[] = array( __( 'Last success', 'story-history' ), $this->time( $status['success_at'] ) );
		}
		if ( $status['error_at'] ) {
			$rows[] = array( __( 'Last error', 'story-history' ), $this->time( $status['error_at'] ) . ': ' . $status['error'] );
		}
		if ( $this->sender->pause() ) {
			$rows[] = array( __( 'Next attempt', 'story-history' ), $this->time( $status['paused_until'] ) );
		}
		echo '<h2>' . esc_html__( 'Connection', 'story-history' ) . '</h2><table class="form-table" role="presentation">';
		foreach ( $rows as list( $label, $text ) ) {
			printf( '<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html( $label ), esc_html( $text ) );
		}
		echo '</table>';
		$this->buttons( array( 'test' => __( 'Test the connection', 'story-history' ), 'send' => __( 'Send now', 'story-history' ) ) );
	}

	private function show_troubled(): void {
		$troubled = $this->queue->troubled( 100 );
		if ( ! $troubled ) {
			return;
		}
		$actions = array(
			Queue::PUBLISH  => __( 'A version', 'story-history' ),
			Queue::WITHDRAW => __( 'Taken off the site', 'story-history' ),
			Queue::ALIAS    => __( 'Another address', 'story-history' ),
			Queue::BACKFILL => __( 'Earlier versions', 'story-history' ),
		);
		echo '<h2>' . esc_html__( 'Needs you', 'story-history' ) . '</h2>';
		echo '<table class="widefat striped"><thead><tr>';
		foreach ( array( __( 'Article', 'story-history' ), __( 'What', 'story-history' ), __( 'What the archive says', 'story-history' ), __( 'What now', 'story-history' ) ) as $label ) {
			printf( '<th scope="col">%s</th>', esc_html( $label ) );
		}
		echo '</tr></thead><tbody>';
		foreach ( $troubled as $event ) {
			$title = wp_trim_words( get_the_title( $event->post ), 12 );
			$title = '' === $title ? $event->story : $title;
			$edit  = get_edit_post_link( $event->post );
			echo '<tr><td>';
			echo $edit ? sprintf( '<a href="%s">%s</a>', esc_url( $edit ), esc_html( $title ) ) : esc_html( $title );
			printf( '</td><td>%s<br>%s</td><td>%s</td><td>', esc_html( $actions[ $event->action ] ?? $event->action ), esc_html( $this->time( (int) strtotime( "$event->created UTC" ) ) ), esc_html( $event->message ) );
			if ( 'refused' === $event->status ) {
				$this->refused_buttons( $event );
			} else {
				esc_html_e( 'It is tried again by itself.', 'story-history' );
			}
			echo '</td></tr>';
		}
		echo '</tbody></table>';
	}

	private function refused_buttons( Event $event ): void {
		$this->open_form();
		printf( '<input type="hidden" name="event" value="%d">', (int) $event->id );
		if ( 'silent-edit' === $event->problem ) {
			printf( '<p><label>%s<br><textarea name="note" rows="2" class="widefat"></textarea></label></p>', esc_html__( 'Note to readers', 'story-history' ) );
		}
		$this->button( 'retry', __( 'Send again', 'story-history' ) );
		$this->button( 'discard', __( 'Discard', 'story-history' ) );
		echo '</form>';
	}

	private function show_backfill(): void {
		$unknown = $this->recorder->count_unknown();
		if ( ! $unknown ) {
			return;
		}
		echo '<h2>' . esc_html__( 'Earlier articles', 'story-history' ) . '</h2><p>';
		/* translators: %s: a number of articles */
		echo esc_html( sprintf( _n( '%s public article is not in the archive yet.', '%s public articles are not in the archive yet.', $unknown, 'story-history' ), number_format_i18n( $unknown ) ) );
		echo ' ' . esc_html__( 'It is sent with the versions that WordPress kept, each with its time, when it is next saved, or now:', 'story-history' ) . '</p>';
		/* translators: %s: a number of articles */
		$this->buttons( array( 'backfill' => sprintf( _n( 'Send %s article', 'Send %s articles', min( self::BATCH, $unknown ), 'story-history' ), number_format_i18n( min( self::BATCH, $unknown ) ) ) ) );
	}

	/** @param array<string, string> $buttons Labels by what they do. */
	private function buttons( array $buttons ): void {
		$this->open_form();
		foreach ( $buttons as $do => $label ) {
			$this->button( $do, $label );
		}
		echo '</form>';
	}

	private function open_form(): void {
		printf( '<form method="post" action="%s"><input type="hidden" name="action" value="%s">', esc_url( admin_url( 'admin-post.php' ) ), esc_attr( self::ACTION ) );
		wp_nonce_field( self::ACTION );
	}

	private function button( string $does, string $label ): void {
		printf( '<button class="button" name="do" value="%s">%s</button> ', esc_attr( $does ), esc_html( $label ) );
	}

	private function time( int $moment ): string {
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $moment );
	}
}
