<?php
/**
 * What is still to be sent.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/**
 * Events in a table, in the order in which they happened. An event leaves it when the archive has
 * recorded it, or when an administrator discards what the archive refused; in no other way.
 */
final class Queue {

	public const PUBLISH  = 'publish';
	public const WITHDRAW = 'withdraw';
	public const ALIAS    = 'alias';
	public const BACKFILL = 'backfill';

	private const TIME = 'Y-m-d H:i:s';

	/** @var bool Whether this request has added something. */
	private $added = false;

	/**
	 * @param array<string, mixed> $body What is sent, or what a back-fill is to know.
	 */
	public function add( Story $story, string $action, array $body ): void {
		global $wpdb;
		$now = gmdate( self::TIME );
		if ( self::BACKFILL !== $action ) {
			// Nobody waits for the rest of a back-fill because of one post's part in it.
			$wpdb->update( $this->table(), array( 'priority' => 0 ), array( 'story' => $story->id, 'priority' => 1 ) );
		}
		$done = $wpdb->insert(
			$this->table(),
			array(
				'story'     => $story->id,
				'post_id'   => $story->post,
				'action'    => $action,
				'body'      => wp_json_encode( (object) $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE ),
				'event_key' => wp_generate_uuid4(),
				'priority'  => self::BACKFILL === $action ? 1 : 0,
				'due'       => $now,
				'created'   => $now,
				'message'   => '',
			)
		);
		if ( ! $done ) {
			// The hourly comparison of posts with the queue will find it.
			error_log( "story-history: an event of {$story->id} could not be queued: $wpdb->last_error" );
		}
		$this->added = true;
	}

	public function added(): bool {
		return $this->added;
	}

	/** The next event that may be sent now: a story's first, and none that is to be tried again later. */
	public function next(): ?Event {
		global $wpdb;
		$table = $this->table();
		$row   = $wpdb->get_row(
			$wpdb->prepare(
				"SELECT q.* FROM $table q WHERE q.status = 'waiting' AND q.due <= %s AND NOT EXISTS
				(SELECT 1 FROM $table e WHERE e.story = q.story AND e.status = 'waiting' AND e.id < q.id)
				ORDER BY q.priority, q.id LIMIT 1",
				gmdate( self::TIME )
			)
		);
		return $row ? new Event( $row ) : null;
	}

	/** It is tried again in so many seconds, unless it is done before: also if PHP dies meanwhile. */
	public function begin( Event $event, int $seconds ): void {
		$this->change( $event, array( 'attempts' => $event->attempts + 1, 'due' => gmdate( self::TIME, time() + $seconds ) ) );
	}

	public function done( Event $event ): void {
		global $wpdb;
		$wpdb->delete( $this->table(), array( 'id' => $event->id ) );
	}

	/** It goes on at once, when a run has time for it: it did not fail. */
	public function again( Event $event ): void {
		$this->change( $event, array( 'attempts' => $event->attempts, 'due' => gmdate( self::TIME ) ) );
	}

	/** Keep how far a back-fill has come. */
	public function progress( Event $event ): void {
		$this->change( $event, array( 'body' => wp_json_encode( (object) $event->body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) ) );
	}

	public function failed( Event $event, string $message ): void {
		$this->change( $event, array( 'message' => $message ) );
	}

	/** It would be refused again. It is kept for an administrator, and the next one is sent. */
	public function refused( Event $event, string $message, string $problem ): void {
		$this->change( $event, array( 'status' => 'refused', 'message' => $message, 'problem' => substr( $problem, 0, 60 ) ) );
	}

	/**
	 * Send again what was refused.
	 *
	 * @param string $note A note to readers that it lacked, or the empty text.
	 */
	public function retry( int $id, string $note = '' ): bool {
		global $wpdb;
		$event = $this->refused_event( $id );
		if ( ! $event ) {
			return false;
		}
		$fields = array( 'status' => 'waiting', 'attempts' => 0, 'due' => gmdate( self::TIME ), 'message' => '', 'problem' => '' );
		if ( '' !== $note ) {
			$body           = array_merge( $event->body, array( 'note' => $note ) );
			$fields['body'] = wp_json_encode( $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
		}
		return (bool) $wpdb->update( $this->table(), $fields, array( 'id' => $id ) );
	}

	public function discard( int $id ): bool {
		global $wpdb;
		return (bool) $wpdb->delete( $this->table(), array( 'id' => $id, 'status' => 'refused' ) );
	}

	/** Everything that waits is due now. */
	public function hurry(): void {
		global $wpdb;
		$wpdb->update( $this->table(), array( 'due' => gmdate( self::TIME ) ), array( 'status' => 'waiting' ) );
	}

	public function count( string $status ): int {
		global $wpdb;
		return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM ' . $this->table() . ' WHERE status = %s', $status ) );
	}

	/** How many events of a post have waited for longer than it takes to send them. */
	public function overdue( int $post ): int {
		global $wpdb;
		$table = $this->table();
		return (int) $wpdb->get_var(
			$wpdb->prepare(
				"SELECT COUNT(*) FROM $table WHERE status = 'waiting' AND post_id = %d AND created < %s",
				$post,
				gmdate( self::TIME, time() - 2 * MINUTE_IN_SECONDS )
			)
		);
	}

	/** When the oldest event that waits was added, in UTC; null if none does. */
	public function oldest(): ?string {
		global $wpdb;
		return $wpdb->get_var( 'SELECT MIN(created) FROM ' . $this->table() . " WHERE status = 'waiting'" );
	}

	/**
	 * The oldest events that were refused, or that failed and will be tried again.
	 *
	 * @return Event[]
	 */
	public function troubled( int $limit, ?int $post = null ): array {
		global $wpdb;
		$table = $this->table();
		$which = null === $post ? '' : $wpdb->prepare( 'AND post_id = %d', $post );
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $table WHERE message <> '' $which ORDER BY id LIMIT %d", $limit ) );
		return array_map( static fn( $row ) => new Event( $row ), $rows );
	}

	private function refused_event( int $id ): ?Event {
		global $wpdb;
		$table = $this->table();
		$row   = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE id = %d AND status = 'refused'", $id ) );
		return $row ? new Event( $row ) : null;
	}

	/** @param array<string, mixed> $fields */
	private function change( Event $event, array $fields ): void {
		global $wpdb;
		$wpdb->update( $this->table(), $fields, array( 'id' => $event->id ) );
	}

	private function table(): string {
		return Schema::tables()[0];
	}
}

/** One event of the queue, as it was read. */
final class Event {

	/** @var int */
	public $id;

	/** @var string The story's id. */
	public $story;

	/** @var int */
	public $post;

	/** @var string One of Queue's actions. */
	public $action;

	/** @var array<string, mixed> */
	public $body;

	/** @var string The Idempotency-Key of every attempt to send it. */
	public $key;

	/** @var string waiting or refused */
	public $status;

	/** @var int */
	public $attempts;

	/** @var string When it was added, in UTC. */
	public $created;

	/** @var string The archive's name for why it was refused. */
	public $problem;

	/** @var string */
	public $message;

	public function __construct( object $row ) {
		$this->id       = (int) $row->id;
		$this->story    = $row->story;
		$this->post     = (int) $row->post_id;
		$this->action   = $row->action;
		$this->body     = (array) json_decode( $row->body, true );
		$this->key      = $row->event_key;
		$this->status   = $row->status;
		$this->attempts = (int) $row->attempts;
		$this->created  = $row->created;
		$this->problem  = $row->problem;
		$this->message  = $row->message;
	}
}
