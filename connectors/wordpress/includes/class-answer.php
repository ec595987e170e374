<?php
/**
 * What the archive answered.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** An answer, or why there was none. */
final class Answer {

	/** @var int The HTTP status; 0 if there was no answer. */
	public $status;

	/** @var array<string, mixed> The JSON object. */
	public $data;

	/** @var int Seconds after which the archive wants to be asked again; 0 if it did not say. */
	public $retry_after = 0;

	/** @var bool Whether it is JSON, as everything that an archive answers. */
	private $is_json = false;

	/** @var string Why there was no answer. */
	private $failure = '';

	/** @var string Where it redirects to. */
	private $location = '';

	/** @param array<string, mixed>|\WP_Error $response Of wp_remote_request(). */
	public function __construct( $response ) {
		$this->status = (int) wp_remote_retrieve_response_code( $response );
		if ( is_wp_error( $response ) ) {
			$this->failure = $response->get_error_message();
		}
		$data              = json_decode( wp_remote_retrieve_body( $response ), true );
		$this->is_json     = is_array( $data );
		$this->data        = $this->is_json ? $data : array();
		$this->location    = (string) wp_remote_retrieve_header( $response, 'location' );
		$this->retry_after = min( 3600, max( 0, (int) wp_remote_retrieve_header( $response, 'retry-after' ) ) );
	}

	public function is_fine(): bool {
		return $this->status >= 200 && $this->status < 300 && $this->is_json;
	}

	/** Whether every other event would meet the same: the archive is away, or the settings are wrong. */
	public function concerns_all(): bool {
		if ( $this->is_fine() ) {
			return false;
		}
		return $this->status < 400 || ! $this->is_json || in_array( $this->status, array( 401, 403, 429, 503, 507 ), true );
	}

	/** Whether the same event may be accepted later. */
	public function is_passing(): bool {
		return $this->concerns_all() || $this->status >= 500 || 408 === $this->status || 'conflict' === $this->problem();
	}

	/** The last part of the problem type's URN, such as `invalid` or `silent-edit`. */
	public function problem(): string {
		$parts = explode( ':', (string) ( $this->data['type'] ?? '' ) );
		return (string) end( $parts );
	}

	/** Whether this field is one of those that are not valid. */
	public function refuses( string $field ): bool {
		return in_array( $field, array_column( (array) ( $this->data['errors'] ?? array() ), 'field' ), true );
	}

	/** What the archive could not keep of the HTML, such as “script (2)”; the empty text if it kept all. */
	public function dropped(): string {
		$named = array_map(
			static fn( $each ) => sprintf( '%s (%d)', $each['what'] ?? '?', $each['count'] ?? 1 ),
			array_filter( (array) ( $this->data['dropped'] ?? array() ), 'is_array' )
		);
		return implode( ', ', $named );
	}

	/** In words, for an administrator. */
	public function message(): string {
		if ( 0 === $this->status ) {
			/* translators: %s: a technical reason */
			return sprintf( __( 'The archive does not answer: %s', 'story-history' ), $this->failure );
		}
		if ( $this->status >= 300 && $this->status < 400 ) {
			/* translators: %s: an address */
			return sprintf( __( 'This address is redirected to %s. Set the archive’s own address.', 'story-history' ), $this->location );
		}
		if ( ! $this->is_json ) {
			/* translators: %d: an HTTP status */
			return sprintf( __( 'What answers at this address (status %d) is not a story-history archive.', 'story-history' ), $this->status );
		}
		$said = array( (string) ( $this->data['title'] ?? '' ), (string) ( $this->data['detail'] ?? '' ) );
		foreach ( (array) ( $this->data['errors'] ?? array() ) as $error ) {
			$said[] = trim( ( $error['field'] ?? '' ) . ': ' . ( $error['message'] ?? '' ), ': ' );
		}
		$said = array_unique( array_filter( $said, 'strlen' ) );
		return ( $said ? implode( ' — ', $said ) : __( 'The archive gave no reason.', 'story-history' ) ) . " ($this->status)";
	}
}
