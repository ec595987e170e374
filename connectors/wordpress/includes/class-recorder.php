<?php
/**
 * What happens to posts.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/**
 * Puts into the queue, in the request that changes a post, what the archive is to record. It never
 * asks the archive anything, so nobody who writes waits for that.
 */
final class Recorder {

	/** When the plugin began to watch, in UTC. */
	public const SINCE = 'story_history_since';

	public const CATCH_UP = 'story_history_catch_up';

	/** @var Settings */
	private $settings;

	/** @var Queue */
	private $queue;

	/** @var Stories */
	private $stories;

	/** @var Article */
	private $article;

	/** @var array<int, true> Posts whose image was changed outside a save, as in the classic editor. */
	private $touched = array();

	public function __construct( Settings $settings, Queue $queue, Stories $stories, Article $article ) {
		$this->settings = $settings;
		$this->queue    = $queue;
		$this->stories  = $stories;
		$this->article  = $article;
	}

	public function register(): void {
		// After every save, also by WP-Cron and WP-CLI, when the post's terms and meta are saved, too.
		add_action( 'wp_after_insert_post', array( $this, 'saved' ), 100, 4 );
		add_action( 'before_delete_post', array( $this, 'deleting' ), 10, 2 );
		add_action( 'deleted_post', array( $this->stories, 'is_deleted' ) );
		foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $hook ) {
			add_action( $hook, array( $this, 'meta_changed' ), 10, 3 );
		}
		add_action( 'shutdown', array( $this, 'send_touched' ), 5 );
		add_action( self::CATCH_UP, array( $this, 'catch_up' ) );
	}

	public function saved( int $id, \WP_Post $post, bool $update, ?\WP_Post $before ): void {
		unset( $this->touched[ $id ] );
		if ( $this->concerns( $post ) ) {
			$this->guarded( $id, fn() => $this->changed( $id, $post, $before ) );
		}
	}

	private function changed( int $id, \WP_Post $post, ?\WP_Post $before ): void {
		$was_public = $before && $this->is_public( $before );
		if ( $this->is_public( $post ) ) {
			if ( $was_public && ! $this->is_queued( $id ) ) {
				// It was published before this plugin was there: what WordPress kept of it comes first.
				$this->queue_revisions( $before, false );
			}
			$this->published( $post, time() );
		} elseif ( $was_public ) {
			$this->withdrawn( $id );
		}
	}

	public function deleting( int $id, \WP_Post $post ): void {
		if ( $this->concerns( $post ) && $this->is_public( $post ) ) {
			$this->guarded( $id, fn() => $this->withdrawn( $id ) );
		}
	}

	/** Whatever fails here, what the editor does must not: the hourly comparison finds it. */
	private function guarded( int $id, callable $record ): void {
		try {
			$record();
		} catch ( \Throwable $error ) {
			error_log( "story-history: a change of post $id is not queued yet: " . $error->getMessage() );
		}
	}

	/**
	 * @param int|int[] $meta Its number.
	 * @param int       $id   The post's.
	 */
	public function meta_changed( $meta, int $id, string $key ): void {
		if ( '_thumbnail_id' === $key ) {
			$this->touched[ $id ] = true;
		}
	}

	public function send_touched(): void {
		foreach ( array_keys( $this->touched ) as $id ) {
			$post = get_post( $id );
			if ( $post && $this->concerns( $post ) && $this->is_public( $post ) && $this->is_queued( $id ) ) {
				$this->guarded( $id, fn() => $this->published( $post, time() ) );
			}
		}
		$this->touched = array();
	}

	/**
	 * Queue what no hook told of: PHP died between a post and its event, or another program wrote
	 * to the database. Once an hour.
	 */
	public function catch_up(): void {
		foreach ( $this->stories->gone( 200 ) as $story ) {
			$this->add_withdrawal( $story );
		}
		foreach ( $this->stories->missed( (string) get_option( self::SINCE ), $this->settings->post_types(), 200 ) as $id ) {
			$post = get_post( $id );
			if ( $this->is_queued( $id ) && $this->is_public( $post ) ) {
				$this->published( $post, (int) strtotime( "$post->post_modified_gmt UTC" ) );
			} else {
				$this->backfill_post( $id );
			}
		}
	}

	/** Queue the kept revisions of public posts that were never queued. How many; 0: there are no more. */
	public function backfill( int $limit ): int {
		$found = $this->stories->unknown( $this->settings->post_types(), $limit );
		foreach ( $found as $id ) {
			$this->backfill_post( $id );
		}
		return count( $found );
	}

	/** Queue the kept revisions of one post and its present text. Whether it is one to record. */
	public function backfill_post( int $id ): bool {
		$post = get_post( $id );
		if ( ! $post || ! $this->concerns( $post ) ) {
			return false;
		}
		if ( ! $this->is_public( $post ) ) {
			$this->stories->is_seen( $this->stories->make( $id ), $post->post_modified_gmt );
			return false;
		}
		$this->queue_revisions( $post, true );
		return true;
	}

	private function is_queued( int $id ): bool {
		$story = $this->stories->of( $id );
		return $story && $story->is_queued;
	}

	public function count_unknown(): int {
		return $this->stories->count_unknown( $this->settings->post_types() );
	}

	/**
	 * Queue what WordPress kept of a post that was public before it was queued for the first time.
	 *
	 * @param \WP_Post $then The post as it stood until now. Unless `$is_present`, it is about to change,
	 *                       so its text goes with the event; otherwise it is read when it is sent.
	 */
	private function queue_revisions( \WP_Post $then, bool $is_present ): void {
		$story = $this->stories->make( $then->ID );
		$text  = $is_present ? null : array(
			'title'   => $then->post_title,
			'excerpt' => $then->post_excerpt,
			'content' => $then->post_content,
		);
		$this->queue->add( $story, Queue::BACKFILL, array( 'until' => $then->post_modified_gmt, 'text' => $text, 'after' => 0 ) );
		$this->add_alias( $story, $then );
		$this->stories->is_public( $story, $then->post_name, $then->post_modified_gmt );
	}

	private function published( \WP_Post $post, int $when ): void {
		$story  = $this->stories->make( $post->ID );
		$note   = array_filter( Note::of( $post->ID ), 'strlen' );
		$author = $this->author( $post );
		$body   = array(
			'state'      => 'published',
			'content'    => $this->article->of( $post ),
			'created_at' => gmdate( 'Y-m-d\TH:i:s\Z', $when ),
		);
		$this->queue->add( $story, Queue::PUBLISH, $body + $note + ( $author ? array( 'author' => $author ) : array() ) );
		Note::forget( $post->ID );
		if ( $story->slug !== $post->post_name ) {
			$this->add_alias( $story, $post );
		}
		$this->stories->is_public( $story, $post->post_name, $post->post_modified_gmt );
	}

	private function withdrawn( int $id ): void {
		$story = $this->stories->of( $id );
		// What the archive never had cannot be withdrawn from it.
		if ( $story && $story->is_public ) {
			$this->add_withdrawal( $story );
		}
	}

	private function add_withdrawal( Story $story ): void {
		$note   = $story->post ? Note::of( $story->post )['note'] : '';
		$author = $this->author( $story->post ? get_post( $story->post ) : null );
		$body   = array(
			'action'     => 'withdraw',
			'note'       => '' === $note ? $this->settings->reason() : $note,
			'created_at' => gmdate( 'Y-m-d\TH:i:s\Z' ),
		);
		$this->queue->add( $story, Queue::WITHDRAW, $body + ( $author ? array( 'author' => $author ) : array() ) );
		if ( $story->post ) {
			Note::forget( $story->post );
		}
		$this->stories->is_withdrawn( $story );
	}

	/** Its slug leads to the story, too, if it can be an id. */
	private function add_alias( Story $story, \WP_Post $post ): void {
		if ( $story->id !== $post->post_name && preg_match( '/^[a-z0-9]+(-[a-z0-9]+)*$/D', $post->post_name ) && strlen( $post->post_name ) <= 120 ) {
			$this->queue->add( $story, Queue::ALIAS, array( 'action' => 'alias', 'alias' => $post->post_name ) );
		}
	}

	/**
	 * Who does this: the one who is signed in; at scheduled publication the last one who edited.
	 *
	 * @return array<string, string>
	 */
	private function author( ?\WP_Post $post ): array {
		$user = wp_get_current_user();
		if ( ! $user->exists() && $post ) {
			$editor = (int) get_post_meta( $post->ID, '_edit_last', true );
			$user   = get_userdata( $editor ? $editor : (int) $post->post_author );
		}
		return $user && $user->exists() ? array( 'name' => self::name( $user ) ) : array();
	}

	/** As the archive takes it. */
	public static function name( \WP_User $user ): string {
		return mb_substr( trim( (string) preg_replace( '/[<>\p{C}]+/u', '', $user->display_name ) ), 0, 200 );
	}

	private function concerns( \WP_Post $post ): bool {
		return in_array( $post->post_type, $this->settings->post_types(), true );
	}

	private function is_public( \WP_Post $post ): bool {
		$public = 'publish' === $post->post_status && '' === $post->post_password;
		/**
		 * Whether everyone may read a post: for sites with members.
		 *
		 * @param bool     $public Whether it is.
		 * @param \WP_Post $post   The post.
		 */
		return (bool) apply_filters( 'story_history_is_public', $public, $post );
	}
}
