<?php
/**
 * The note to readers that goes with the next save.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** A note and the kind of change, kept with a post until they are queued with a version of it. */
final class Note {

	public const TEXT = '_story_history_note';
	public const KIND = '_story_history_kind';

	public const LONGEST = 5000;

	/**
	 * What an editor may choose, with what it is called; the empty one leaves it to the archive: an
	 * update, or a correction where only a note is added.
	 *
	 * @return array<string, string>
	 */
	public static function kinds(): array {
		return array(
			''              => __( 'Choose automatically', 'story-history' ),
			'update'        => __( 'Update', 'story-history' ),
			'correction'    => __( 'Correction', 'story-history' ),
			'clarification' => __( 'Clarification', 'story-history' ),
			'minor'         => __( 'Minor change', 'story-history' ),
			'retraction'    => __( 'Retraction', 'story-history' ),
		);
	}

	/** @return array{note: string, kind: string} */
	public static function of( int $post ): array {
		return array(
			'note' => trim( (string) get_post_meta( $post, self::TEXT, true ) ),
			'kind' => (string) get_post_meta( $post, self::KIND, true ),
		);
	}

	/** As typed; what is not a kind is none. */
	public static function keep( int $post, string $note, string $kind ): void {
		$fields = array(
			self::TEXT => trim( mb_substr( sanitize_textarea_field( $note ), 0, self::LONGEST ) ),
			self::KIND => array_key_exists( $kind, self::kinds() ) ? $kind : '',
		);
		foreach ( $fields as $key => $value ) {
			if ( '' === $value ) {
				delete_post_meta( $post, $key );
			} else {
				update_post_meta( $post, $key, wp_slash( $value ) );
			}
		}
	}

	/** It is not the next version's. */
	public static function forget( int $post ): void {
		delete_post_meta( $post, self::TEXT );
		delete_post_meta( $post, self::KIND );
	}
}
