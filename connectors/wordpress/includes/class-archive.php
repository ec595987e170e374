<?php
/**
 * The archive's API.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Asks the archive. Only the sender and the test of the connection do, never a request of an editor. */
final class Archive {

	private const SECONDS = 20;

	/** @var Settings */
	private $settings;

	public function __construct( Settings $settings ) {
		$this->settings = $settings;
	}

	/** Whether there is an archive to ask. */
	public function is_known(): bool {
		return $this->settings->complete();
	}

	/** @param array<string, mixed> $body A revision. */
	public function publish( string $story, array $body, string $key ): Answer {
		return $this->post_dated( "stories/$story/revisions", $body, $key );
	}

	/**
	 * Act on the story's newest version.
	 *
	 * @param array<string, mixed> $body An action.
	 */
	public function act( string $story, array $body, string $key ): Answer {
		$newest = $this->newest( $story );
		if ( ! $newest->is_fine() ) {
			return $newest;
		}
		$revision = (int) ( $newest->data['items'][0]['revision'] ?? 0 );
		return $this->post_dated( "stories/$story/revisions/$revision/actions", $body, $key );
	}

	/** The list with the story's newest version; 404 if there is none. */
	public function newest( string $story ): Answer {
		return $this->request( 'GET', "stories/$story/versions?limit=1" );
	}

	/** @param array<string, mixed> $body A revision. */
	public function post( string $path, array $body, string $key ): Answer {
		return $this->request( 'POST', $path, $body, $key );
	}

	/** What is wrong with the address or the token, in words; the empty text if nothing is. */
	public function fault(): string {
		$stories = $this->request( 'GET', 'stories?limit=1' );
		if ( ! $stories->is_fine() || ! isset( $stories->data['items'] ) ) {
			if ( 401 === $stories->status ) {
				return __( 'The archive does not accept this token.', 'story-history' ) . ' ' . $stories->message();
			}
			return $stories->is_fine() || 404 === $stories->status
				? __( 'There is no archive at this address. It is the one at which the archive’s own pages begin.', 'story-history' )
				: $stories->message();
		}
		// Nothing is recorded by this: there is no such story. Who may not send what is public, or not
		// say when it was published, learns that first.
		$action = array( 'action' => 'withdraw', 'note' => 'Connection test', 'created_at' => gmdate( 'Y-m-d\TH:i:s\Z' ) );
		$tried  = $this->request( 'POST', 'stories/story-history-connection-test/revisions/1/actions', $action, wp_generate_uuid4() );
		if ( 403 === $tried->status ) {
			return __( 'The token’s role does not suffice: the archive’s administrator makes one with the role “integration”.', 'story-history' ) . ' ' . $tried->message();
		}
		return 404 === $tried->status ? '' : $tried->message();
	}

	/**
	 * If the archive refuses the time, because this server's clock is wrong or because someone has
	 * published in the archive since, it is sent without one.
	 *
	 * @param array<string, mixed> $body
	 */
	private function post_dated( string $path, array $body, string $key ): Answer {
		$answer = $this->post( $path, $body, $key );
		if ( 422 === $answer->status && $answer->refuses( 'created_at' ) ) {
			unset( $body['created_at'] );
			return $this->post( $path, $body, $key );
		}
		return $answer;
	}

	/** @param array<string, mixed>|null $body */
	private function request( string $method, string $path, ?array $body = null, string $key = '' ): Answer {
		$headers = array(
			'Accept'        => 'application/json',
			'Authorization' => 'Bearer ' . $this->settings->token(),
		);
		if ( null !== $body ) {
			$headers += array( 'Content-Type' => 'application/json', 'Idempotency-Key' => $key );
		}
		return new Answer(
			wp_remote_request(
				$this->settings->archive_url() . "/api/v1/$path",
				array(
					'method'      => $method,
					'headers'     => $headers,
					'body'        => null === $body ? null : wp_json_encode( $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ),
					'timeout'     => self::SECONDS,
					// An id that leads to another story is redirected to it.
					'redirection' => 'GET' === $method ? 1 : 0,
					'user-agent'  => 'story-history-wordpress/' . VERSION,
				)
			)
		);
	}
}
