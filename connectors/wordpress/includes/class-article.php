<?php
/**
 * What readers see of a post.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Makes the archive's `article` of a post, or of a revision of it. The one place that does. */
final class Article {

	/** @var Settings */
	private $settings;

	/** @var bool Whether a text is made for the archive just now, which has no History in it. */
	private static $rendering = false;

	public function __construct( Settings $settings ) {
		$this->settings = $settings;
	}

	public static function is_rendering(): bool {
		return self::$rendering;
	}

	/**
	 * The content of a post.
	 *
	 * @param \WP_Post $post     A post.
	 * @param ?\WP_Post $revision A revision of it, whose title, excerpt and text stand in place of
	 *                            the post's. WordPress keeps nothing else of what was before.
	 * @return array<string, mixed>
	 */
	public function of( \WP_Post $post, ?\WP_Post $revision = null ): array {
		$shown = clone $post;
		if ( $revision ) {
			$shown->post_title   = $revision->post_title;
			$shown->post_excerpt = $revision->post_excerpt;
			$shown->post_content = $revision->post_content;
		}
		$title   = $this->plain( apply_filters( 'the_title', $shown->post_title, $post->ID ) );
		$article = array(
			'shape'     => 'article',
			'title'     => '' === $title ? __( '(no title)', 'story-history' ) : $title,
			'summary'   => $this->summary( $shown ),
			'authors'   => $this->authors( $post ),
			'section'   => $this->terms( $post, 'category' )[0] ?? '',
			'tags'      => $this->terms( $post, 'post_tag' ),
			'language'  => get_bloginfo( 'language' ),
			'url'       => (string) get_permalink( $post ),
			'image'     => $this->image( $post ),
			'body_html' => $this->body( $shown ),
			'ids'       => array( $this->plain( $post->guid ) ),
		);
		$article = array_filter( $article, static fn( $value ) => '' !== $value && array() !== $value );
		/**
		 * What the archive gets of a post: for sites whose bylines, languages or texts are made otherwise.
		 *
		 * @param array<string, mixed> $article  The article.
		 * @param \WP_Post             $post     The post.
		 * @param \WP_Post|null        $revision The earlier revision that it is made of, if it is.
		 */
		return (array) apply_filters( 'story_history_article', $article, $post, $revision );
	}

	private function summary( \WP_Post $post ): string {
		return '' === trim( $post->post_excerpt ) ? '' : $this->plain( apply_filters( 'the_excerpt', apply_filters( 'get_the_excerpt', $post->post_excerpt, $post ) ) );
	}

	/** @return string[] */
	private function authors( \WP_Post $post ): array {
		// Co-Authors Plus and its relatives.
		$authors = function_exists( 'get_coauthors' ) ? get_coauthors( $post->ID ) : array( get_userdata( (int) $post->post_author ) );
		$names   = array_map( fn( $author ) => $author ? $this->plain( (string) $author->display_name ) : '', $authors );
		return array_values( array_unique( array_filter( $names, 'strlen' ) ) );
	}

	/** @return string[] */
	private function terms( \WP_Post $post, string $taxonomy ): array {
		$terms = is_object_in_taxonomy( $post->post_type, $taxonomy ) ? get_the_terms( $post, $taxonomy ) : false;
		return is_array( $terms ) ? array_values( array_filter( array_map( fn( $term ) => $this->plain( $term->name ), $terms ), 'strlen' ) ) : array();
	}

	/** @return array<string, string> */
	private function image( \WP_Post $post ): array {
		$id  = (int) get_post_thumbnail_id( $post );
		$url = $id ? wp_get_attachment_url( $id ) : false;
		if ( ! $url ) {
			return array();
		}
		$details = wp_get_attachment_metadata( $id );
		$image   = array(
			'url'     => set_url_scheme( $url, (string) wp_parse_url( home_url(), PHP_URL_SCHEME ) ),
			'alt'     => $this->plain( (string) get_post_meta( $id, '_wp_attachment_image_alt', true ) ),
			'caption' => $this->plain( (string) wp_get_attachment_caption( $id ) ),
			'credit'  => $this->plain( (string) ( $details['image_meta']['credit'] ?? '' ) ),
		);
		return array_filter( $image, 'strlen' );
	}

	/** Its text as HTML, with blocks, shortcodes and embeds as readers see them. */
	private function body( \WP_Post $shown ): string {
		global $post;
		$before          = $post;
		$post            = $shown; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited
		self::$rendering = true;
		setup_postdata( $shown );
		ob_start();
		try {
			$html = (string) apply_filters( 'the_content', $shown->post_content );
		} catch ( \Throwable $error ) {
			// What another plugin's filter cannot do must not keep an editor from saving.
			error_log( "story-history: the text of post $shown->ID is recorded without filters: " . $error->getMessage() );
			$html = wpautop( do_blocks( $shown->post_content ) );
		} finally {
			ob_end_clean();
			self::$rendering = false;
			$post            = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited
			if ( $before ) {
				setup_postdata( $before );
			}
		}
		return trim( $this->printable( $html ) );
	}

	/** One line of text, without tags and entities. */
	private function plain( string $html ): string {
		$text = html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return trim( (string) preg_replace( '/[\s\x{2028}\x{2029}]+/u', ' ', $this->printable( $text ) ) );
	}

	/**
	 * Without what shows nothing and comes with text that is copied from elsewhere: control
	 * characters, and those that show a text in another order. The archive refuses them.
	 */
	private function printable( string $text ): string {
		$text = wp_check_invalid_utf8( $text, true );
		return (string) preg_replace( '/[^\P{Cc}\t\n\r]|[\x{202A}-\x{202E}]/u', '', $text );
	}
}
