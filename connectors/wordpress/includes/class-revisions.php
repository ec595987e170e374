<?php
/**
 * What WordPress kept of a post's earlier texts.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** The texts that a back-fill sends, oldest first. */
final class Revisions {

	/** @var Article */
	private $article;

	public function __construct( Article $article ) {
		$this->article = $article;
	}

	/**
	 * The texts that were public, as far as WordPress knows: the last revision saved before the post
	 * was published, each one after that, and the post itself, where a back-fill includes it.
	 *
	 * @param Event $event A back-fill.
	 * @return array<int, array{id: int, text: \WP_Post, at: string}> `id`: of the revision, or 0 for
	 *         the post itself; `at`: when it went live, in UTC.
	 */
	public function public_texts( Event $event ): array {
		$post = get_post( $event->post );
		if ( ! $post ) {
			return array();
		}
		$until     = (string) $event->body['until'];
		$published = $post->post_date_gmt;
		$first     = null;
		$later     = array();
		foreach ( $this->kept( $post ) as $revision ) {
			if ( $revision->post_modified_gmt >= $until ) {
				continue; // It is the post itself, or a later event.
			}
			if ( $revision->post_modified_gmt <= $published ) {
				$first = array( 'id' => $revision->ID, 'text' => $revision, 'at' => $published );
			} else {
				$later[] = array( 'id' => $revision->ID, 'text' => $revision, 'at' => $revision->post_modified_gmt );
			}
		}
		$last = $this->last( $event, $post );
		if ( $last && $first && ! $later && $until <= $published ) {
			$first = null; // It was saved before it was due, and not again since.
		}
		return array_values( array_filter( array_merge( array( $first ), $later, array( $last ) ) ) );
	}

	/**
	 * A revision for the archive.
	 *
	 * @param array{id: int, text: \WP_Post, at: string} $public One of public_texts().
	 * @return array<string, mixed>
	 */
	public function body( \WP_Post $post, array $public ): array {
		$author = get_userdata( (int) $public['text']->post_author );
		$body   = array(
			'state'      => 'published',
			'content'    => $this->article->of( $post, $public['text'] ),
			'created_at' => str_replace( ' ', 'T', $public['at'] ) . 'Z',
		);
		return $body + ( $author ? array( 'author' => array( 'name' => Recorder::name( $author ) ) ) : array() );
	}

	/**
	 * The post's own text: as it was when the event was added, or as it is, if it has not been saved
	 * since; later events have what came after that.
	 *
	 * @return ?array{id: int, text: \WP_Post, at: string}
	 */
	private function last( Event $event, \WP_Post $post ): ?array {
		$text = $event->body['text'] ?? null;
		$then = clone $post;
		if ( is_array( $text ) ) {
			$then->post_title   = (string) $text['title'];
			$then->post_excerpt = (string) $text['excerpt'];
			$then->post_content = (string) $text['content'];
		} elseif ( $post->post_modified_gmt !== $event->body['until'] || 'publish' !== $post->post_status || '' !== $post->post_password ) {
			return null;
		}
		return array( 'id' => 0, 'text' => $then, 'at' => max( (string) $event->body['until'], $post->post_date_gmt ) );
	}

	/** @return \WP_Post[] First to last. */
	private function kept( \WP_Post $post ): array {
		$found = wp_get_post_revisions( $post->ID, array( 'check_enabled' => false ) );
		$found = array_filter( $found, static fn( $each ) => ! wp_is_post_autosave( $each ) );
		usort( $found, static fn( $a, $b ) => array( $a->post_modified_gmt, $a->ID ) <=> array( $b->post_modified_gmt, $b->ID ) );
		return $found;
	}
}
