<?php
/**
 * What the site's administrator has chosen.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/**
 * The settings, one option, and the token, another. `STORY_HISTORY_URL` and `STORY_HISTORY_TOKEN`
 * in wp-config.php take precedence over what is stored.
 */
final class Settings {

	public const OPTION = 'story_history_settings';
	public const TOKEN  = 'story_history_token';
	public const GROUP  = 'story_history';

	private const DEFAULTS = array(
		'archive_url' => '',
		'public_url'  => '',
		'post_types'  => array( 'post' ),
		'show'        => 'list',
		'prefix'      => '',
		'reason'      => '',
	);

	public function register(): void {
		add_action( 'admin_init', array( $this, 'register_options' ) );
	}

	public function register_options(): void {
		register_setting( self::GROUP, self::OPTION, array( 'sanitize_callback' => array( $this, 'sanitize' ) ) );
		register_setting( self::GROUP, self::TOKEN, array( 'sanitize_callback' => array( $this, 'sanitize_token' ) ) );
	}

	/** Whether there is an archive to send to. */
	public function complete(): bool {
		return '' !== $this->archive_url() && '' !== $this->token();
	}

	/** The archive's address, without a slash at its end. */
	public function archive_url(): string {
		return untrailingslashit( defined( 'STORY_HISTORY_URL' ) ? (string) STORY_HISTORY_URL : $this->get( 'archive_url' ) );
	}

	/** Where readers find the archive, which may differ from where this server does. */
	public function public_url(): string {
		$url = $this->get( 'public_url' );
		return '' === $url ? $this->archive_url() : untrailingslashit( $url );
	}

	/** @return string[] */
	public function post_types(): array {
		return array_values( array_filter( (array) $this->all()['post_types'], 'post_type_exists' ) );
	}

	/** How readers see the History under an article: list, link or off. */
	public function show(): string {
		return $this->get( 'show' );
	}

	/** What the ids of this site's stories begin with. */
	public function prefix(): string {
		$prefix = $this->get( 'prefix' );
		if ( '' !== $prefix ) {
			return $prefix;
		}
		return is_multisite() && get_current_blog_id() > 1 ? 'site-' . get_current_blog_id() . '-post' : 'post';
	}

	/** What readers are told of a post that is taken off the site without a note. */
	public function reason(): string {
		$reason = $this->get( 'reason' );
		return '' === $reason ? __( 'Taken off the site.', 'story-history' ) : $reason;
	}

	public function token(): string {
		return defined( 'STORY_HISTORY_TOKEN' ) ? (string) STORY_HISTORY_TOKEN : self::decrypted( (string) get_option( self::TOKEN, '' ) );
	}

	/** Whether the token travels unencrypted to another machine. */
	public function sends_in_clear(): bool {
		$parts = wp_parse_url( $this->archive_url() );
		$local = array( 'localhost', '127.0.0.1', '[::1]' );
		return is_array( $parts ) && 'http' === ( $parts['scheme'] ?? '' ) && ! in_array( $parts['host'] ?? '', $local, true );
	}

	/** Whether one is stored that cannot be read, because the salts in wp-config.php have changed. */
	public function token_is_unreadable(): bool {
		return '' === $this->token() && '' !== get_option( self::TOKEN, '' );
	}

	/**
	 * What is to be stored of what was typed; faults are shown above the form.
	 *
	 * @param mixed $typed The form's fields.
	 * @return array<string, mixed>
	 */
	public function sanitize( $typed ): array {
		$known = $this->all();
		$typed = is_array( $typed ) ? $typed : array();
		$found = $known;
		foreach ( array( 'archive_url', 'public_url' ) as $name ) {
			if ( isset( $typed[ $name ] ) ) {
				$found[ $name ] = $this->sanitized_url( (string) $typed[ $name ], (string) $known[ $name ] );
			}
		}
		if ( isset( $typed['post_types'] ) ) {
			$types               = array_map( 'sanitize_key', (array) $typed['post_types'] );
			$found['post_types'] = array_values( array_filter( $types, 'post_type_exists' ) );
		}
		if ( isset( $typed['show'] ) && in_array( $typed['show'], array( 'list', 'link', 'off' ), true ) ) {
			$found['show'] = $typed['show'];
		}
		if ( isset( $typed['prefix'] ) ) {
			$prefix = strtolower( trim( (string) $typed['prefix'] ) );
			if ( '' === $prefix || ( preg_match( '/^[a-z0-9]+(-[a-z0-9]+)*$/D', $prefix ) && strlen( $prefix ) <= 60 ) ) {
				$found['prefix'] = $prefix;
			} else {
				$this->complain( __( 'Ids may begin with letters a to z and digits, with hyphens between them, at most 60.', 'story-history' ) );
			}
		}
		if ( isset( $typed['reason'] ) ) {
			$found['reason'] = sanitize_text_field( (string) $typed['reason'] );
		}
		return $found;
	}

	/**
	 * The encrypted token; an empty field keeps the one that is stored, since that is never shown.
	 *
	 * @param mixed $typed The field.
	 */
	public function sanitize_token( $typed ): string {
		$typed  = trim( (string) $typed );
		$stored = (string) get_option( self::TOKEN, '' );
		// WordPress sanitises twice when it first adds an option.
		if ( '' === $typed || $typed === $stored || '' !== self::decrypted( $typed ) ) {
			return '' === $typed ? $stored : $typed;
		}
		if ( preg_match( '/[^\x21-\x7e]/', $typed ) ) {
			$this->complain( __( 'A token has no spaces and no letters beyond ASCII. The stored token is unchanged.', 'story-history' ) );
			return $stored;
		}
		return self::encrypted( $typed );
	}

	/** @return array<string, mixed> */
	private function all(): array {
		return array_merge( self::DEFAULTS, (array) get_option( self::OPTION, array() ) );
	}

	private function get( string $name ): string {
		return (string) $this->all()[ $name ];
	}

	private function sanitized_url( string $typed, string $known ): string {
		$url = esc_url_raw( trim( $typed ), array( 'http', 'https' ) );
		if ( '' !== trim( $typed ) && ! wp_http_validate_url( $url ) && ! preg_match( '~^https?://[^/?#\s]+~i', $url ) ) {
			/* translators: %s: what was typed */
			$this->complain( sprintf( __( '“%s” is not an http or https address.', 'story-history' ), $typed ) );
			return $known;
		}
		return untrailingslashit( strtok( $url . '?', '?#' ) );
	}

	private function complain( string $message ): void {
		add_settings_error( self::OPTION, 'story_history', $message );
	}

	/* A copy of the database alone must not give the token away: its key is in wp-config.php. */

	private static function encrypted( string $token ): string {
		$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		return 'v1:' . base64_encode( $nonce . sodium_crypto_secretbox( $token, $nonce, self::key() ) );
	}

	/** The empty text for what was not encrypted here. */
	private static function decrypted( string $stored ): string {
		if ( 0 !== strpos( $stored, 'v1:' ) ) {
			return '';
		}
		$bytes = (string) base64_decode( substr( $stored, 3 ), true );
		if ( strlen( $bytes ) < SODIUM_CRYPTO_SECRETBOX_NONCEBYTES + SODIUM_CRYPTO_SECRETBOX_MACBYTES ) {
			return '';
		}
		$nonce = substr( $bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$token = sodium_crypto_secretbox_open( substr( $bytes, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ), $nonce, self::key() );
		return false === $token ? '' : $token;
	}

	private static function key(): string {
		return hash( 'sha256', 'story-history' . wp_salt( 'auth' ), true );
	}
}
