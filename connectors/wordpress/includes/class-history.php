<?php
/**
 * The History that readers see.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Shows the History under an article, or where a block or the shortcode `[story_history]` stands. */
final class History {

	private const BLOCK     = 'story-history/history';
	private const SHORTCODE = 'story_history';
	private const ELEMENT   = 'story-history-element';

	/** @var Settings */
	private $settings;

	/** @var Stories */
	private $stories;

	public function __construct( Settings $settings, Stories $stories ) {
		$this->settings = $settings;
		$this->stories  = $stories;
	}

	public function register(): void {
		add_filter( 'the_content', array( $this, 'append' ), 100 );
		add_filter( 'script_loader_tag', array( $this, 'as_module' ), 10, 2 );
		add_action( 'init', array( $this, 'register_block' ) );
		add_shortcode( self::SHORTCODE, fn() => $this->of( (int) get_the_ID() ) );
	}

	public function register_block(): void {
		$needs = array( 'wp-blocks', 'wp-block-editor', 'wp-element', 'wp-i18n' );
		wp_register_script( 'story-history-block', plugins_url( 'blocks/history/index.js', FILE ), $needs, VERSION, true );
		wp_set_script_translations( 'story-history-block', 'story-history' );
		register_block_type(
			dirname( FILE ) . '/blocks/history',
			array(
				'render_callback' => fn( $attributes, $content, $block ) => $this->of( (int) ( $block->context['postId'] ?? get_the_ID() ) ),
			)
		);
	}

	/** The text of an article, with its History unless the author has placed that. */
	public function append( string $text ): string {
		if ( 'off' === $this->settings->show() || Article::is_rendering() || ! in_the_loop() || ! is_main_query() || ! is_singular( $this->settings->post_types() ) ) {
			return $text;
		}
		$post = get_post();
		if ( ! $post || has_block( self::BLOCK, $post ) || has_shortcode( $post->post_content, self::SHORTCODE ) ) {
			return $text;
		}
		return $text . $this->of( $post->ID );
	}

	/** WordPress before 6.5 has no word for a script that is a module. */
	public function as_module( string $tag, string $handle ): string {
		return self::ELEMENT === $handle ? str_replace( '<script ', '<script type="module" ', str_replace( array( " type='text/javascript'", ' type="text/javascript"' ), '', $tag ) ) : $tag;
	}

	/** The History of a post; nothing before the archive has a version of it. */
	private function of( int $id ): string {
		$post  = get_post( $id );
		$story = $post && ! Article::is_rendering() ? $this->stories->of( $id ) : null;
		$url   = $this->settings->public_url();
		if ( ! $story || ! $story->is_recorded || '' === $url || post_password_required( $post ) ) {
			return '';
		}
		$link = sprintf( '<a href="%s">%s</a>', esc_url( "$url/stories/$story->id/history" ), esc_html__( 'What this article said before', 'story-history' ) );
		if ( 'link' === $this->settings->show() ) {
			return "<p class=\"story-history-link\">$link</p>";
		}
		wp_enqueue_script( self::ELEMENT, "$url/embed/story-history.js", array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		return sprintf( '<story-history class="wp-block-story-history-history" story="%s" server="%s"><p>%s</p></story-history>', esc_attr( $story->id ), esc_url( "$url/" ), $link );
	}
}
