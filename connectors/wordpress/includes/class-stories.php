<?php
/**
 * Which post is which story.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/**
 * A story's id is made once, from the post's number, and stays: slugs change, and the post's meta
 * is copied with it by plugins that duplicate posts, so neither is kept there.
 */
final class Stories {

	/** @var Settings */
	private $settings;

	public function __construct( Settings $settings ) {
		$this->settings = $settings;
	}

	public function of( int $post ): ?Story {
		global $wpdb;
		$table = $this->table();
		$row   = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE post_id = %d", $post ) );
		return $row ? new Story( $row ) : null;
	}

	/** The post's story, which is made if there is none. */
	public function make( int $post ): Story {
		global $wpdb;
		$known  = $this->of( $post );
		$id     = $this->settings->prefix() . "-$post";
		$number = 1;
		while ( ! $known ) {
			// A number that the database has given out again, to another post, is another story. And
			// of two requests at the same time, the second finds what the first has made.
			$wpdb->query(
				$wpdb->prepare(
					'INSERT IGNORE INTO ' . $this->table() . ' (post_id, story) VALUES (%d, %s)',
					$post,
					1 === $number ? $id : "$id-$number"
				)
			);
			$known = $this->of( $post );
			if ( ++$number > 100 ) {
				throw new \RuntimeException( "The story of post $post could not be stored: $wpdb->last_error" );
			}
		}
		return $known;
	}

	/** The newest event makes it public. */
	public function is_public( Story $story, string $slug, string $modified ): void {
		$this->change( $story, array( 'is_public' => 1, 'slug' => $slug, 'modified' => $modified ) );
	}

	/** Its slug could not lead to it yet: it is sent with the next version. */
	public function lacks_alias( string $story ): void {
		global $wpdb;
		$wpdb->update( $this->table(), array( 'slug' => '-' ), array( 'story' => $story ) );
	}

	/** It is no event for the queue: everyone may not read it, though its status says so. */
	public function is_seen( Story $story, string $modified ): void {
		$this->change( $story, array( 'modified' => $modified ) );
	}

	public function is_withdrawn( Story $story ): void {
		$this->change( $story, array( 'is_public' => 0 ) );
	}

	/**
	 * The archive has a version of it.
	 *
	 * @param string $dropped What of its text that could not keep, in words.
	 */
	public function is_recorded( string $story, string $dropped ): void {
		global $wpdb;
		$wpdb->update( $this->table(), array( 'is_recorded' => 1, 'dropped' => mb_substr( $dropped, 0, 500 ) ), array( 'story' => $story ) );
	}

	public function is_deleted( int $post ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . $this->table() . ' SET post_id = NULL WHERE post_id = %d', $post ) );
	}

	/**
	 * Public posts whose present state was never queued: their numbers, those changed first.
	 *
	 * @param string   $since In UTC.
	 * @param string[] $types Post types.
	 * @return int[]
	 */
	public function missed( string $since, array $types, int $limit ): array {
		global $wpdb;
		$in    = implode( ',', array_fill( 0, count( $types ), '%s' ) );
		$table = $this->table();
		return $types ? array_map(
			'intval',
			$wpdb->get_col(
				$wpdb->prepare(
					"SELECT p.ID FROM $wpdb->posts p LEFT JOIN $table s ON s.post_id = p.ID
					WHERE p.post_type IN ($in) AND p.post_status = 'publish' AND p.post_password = '' AND p.post_modified_gmt >= %s
					AND (s.modified IS NULL OR s.modified <> p.post_modified_gmt)
					ORDER BY p.post_modified_gmt, p.ID LIMIT %d",
					array_merge( $types, array( $since, $limit ) )
				)
			)
		) : array();
	}

	/**
	 * Stories that are public as far as the queue knows, while their post no longer is.
	 *
	 * @return Story[]
	 */
	public function gone( int $limit ): array {
		global $wpdb;
		$table = $this->table();
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT s.* FROM $table s LEFT JOIN $wpdb->posts p ON p.ID = s.post_id
				WHERE s.is_public = 1 AND (p.ID IS NULL OR p.post_status <> 'publish' OR p.post_password <> '')
				ORDER BY s.id LIMIT %d",
				$limit
			)
		);
		return array_map( static fn( $row ) => new Story( $row ), $rows );
	}

	/**
	 * Public posts that were never queued: their numbers, the oldest first.
	 *
	 * @param string[] $types Post types.
	 * @return int[]
	 */
	public function unknown( array $types, int $limit ): array {
		global $wpdb;
		return $types ? array_map( 'intval', $wpdb->get_col( $this->unknown_query( 'p.ID', $types ) . " ORDER BY p.post_date_gmt, p.ID LIMIT $limit" ) ) : array();
	}

	/** @param string[] $types Post types. */
	public function count_unknown( array $types ): int {
		global $wpdb;
		return $types ? (int) $wpdb->get_var( $this->unknown_query( 'COUNT(*)', $types ) ) : 0;
	}

	/** @param string[] $types */
	private function unknown_query( string $what, array $types ): string {
		global $wpdb;
		$in    = implode( ',', array_fill( 0, count( $types ), '%s' ) );
		$table = $this->table();
		return $wpdb->prepare(
			"SELECT $what FROM $wpdb->posts p LEFT JOIN $table s ON s.post_id = p.ID
			WHERE p.post_type IN ($in) AND p.post_status = 'publish' AND p.post_password = '' AND s.id IS NULL",
			$types
		);
	}

	/** @param array<string, mixed> $fields */
	private function change( Story $story, array $fields ): void {
		global $wpdb;
		$wpdb->update( $this->table(), $fields, array( 'story' => $story->id ) );
	}

	private function table(): string {
		return Schema::tables()[1];
	}
}

/** A post's story, as it was read. */
final class Story {

	/** @var string Its id in the archive. */
	public $id;

	/** @var int The post's number; 0 if the post is deleted. */
	public $post;

	/** @var bool Whether the newest event makes it public. */
	public $is_public;

	/** @var bool Whether there has been an event of it. */
	public $is_queued;

	/** @var bool Whether the archive has a version of it. */
	public $is_recorded;

	/** @var string The slug that was last queued. */
	public $slug;

	/** @var string What of its newest text the archive could not keep, in words. */
	public $dropped;

	public function __construct( object $row ) {
		$this->id          = $row->story;
		$this->post        = (int) $row->post_id;
		$this->is_public   = (bool) $row->is_public;
		$this->is_queued   = '' !== $row->slug;
		$this->is_recorded = (bool) $row->is_recorded;
		$this->slug        = $row->slug;
		$this->dropped     = $row->dropped;
	}
}
