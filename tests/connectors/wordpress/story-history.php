<?php
/**
 * Plugin Name: Story History
 * Description: Records every published state of each post in a story-history archive.
 *
 * A save only puts an event into the queue, in the database; WP-Cron sends the queue in order, and
 * goes on with it later if the archive does not answer. So no editor ever waits for the archive.
 *
 * Settings in wp-config.php: STORY_HISTORY_URL, STORY_HISTORY_TOKEN (role integration), and
 * STORY_HISTORY_SECONDS between two attempts (60).
 */

const STORY_HISTORY_EVENT   = 'story_history_event_';
const STORY_HISTORY_REFUSED = 'story_history_refused_';

add_action( 'init', function () {
	// Readers are told what is written here with the version that it is saved with, and no other.
	register_post_meta( 'post', 'correction_note', array(
		'type'         => 'string',
		'single'       => true,
		'show_in_rest' => true,
	) );
	if ( ! wp_next_scheduled( 'story_history_send' ) ) {
		wp_schedule_event( time(), 'story_history', 'story_history_send' );
	}
} );

add_filter( 'cron_schedules', function ( $schedules ) {
	$schedules['story_history'] = array(
		'interval' => defined( 'STORY_HISTORY_SECONDS' ) ? STORY_HISTORY_SECONDS : 60,
		'display'  => 'Story History',
	);
	return $schedules;
} );

// What happens to posts. This hook comes after every save, also by WP-Cron, and other than
// transition_post_status and post_updated it comes when the post's fields are saved, too.
add_action( 'wp_after_insert_post', function ( $id, $post, $update, $before ) {
	if ( 'post' !== $post->post_type ) {
		return;
	}
	$was_public = $before && story_history_is_public( $before );
	if ( story_history_is_public( $post ) ) {
		story_history_published( $post );
		if ( ! $was_public || $before->post_name !== $post->post_name ) {
			story_history_add( $post, array( 'action' => 'alias', 'alias' => $post->post_name ) );
		}
	} elseif ( $was_public ) {
		story_history_withdrawn( $post );
	}
}, 10, 4 );

add_action( 'before_delete_post', function ( $id, $post ) {
	if ( 'post' === $post->post_type && story_history_is_public( $post ) ) {
		story_history_withdrawn( $post );
	}
}, 10, 2 );

function story_history_published( $post ) {
	$user = wp_get_current_user()->exists() ? wp_get_current_user() : get_userdata( $post->post_author );
	$note = story_history_note( $post );
	$body = array(
		'state'   => 'published',
		'content' => story_history_content( $post ),
		'note'    => $note,
		'kind'    => $note ? 'correction' : 'update',
	);
	story_history_add( $post, $body + ( $user ? array( 'author' => array( 'name' => $user->display_name ) ) : array() ) );
}

function story_history_withdrawn( $post ) {
	$note = story_history_note( $post );
	story_history_add( $post, array( 'action' => 'withdraw', 'note' => $note ? $note : 'Taken off the site.' ) );
}

/** The note of this save: it is not the next one's. */
function story_history_note( $post ) {
	$note = trim( (string) get_post_meta( $post->ID, 'correction_note', true ) );
	delete_post_meta( $post->ID, 'correction_note' );
	return $note;
}

function story_history_is_public( $post ) {
	return 'publish' === $post->post_status && '' === $post->post_password;
}

/** What readers see of a post. */
function story_history_content( $post ) {
	$text  = function ( $html ) {
		$plain = html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		// The archive refuses control characters, and those that show a text in another order.
		return trim( preg_replace( array( '/\s+/u', '/[\p{Cc}\x{202A}-\x{202E}]/u' ), array( ' ', '' ), $plain ) );
	};
	$ends  = '~</(?:p|h[1-6]|li|blockquote|pre|td|th|figcaption|div)>|<br\s*/?>~i';
	$parts = preg_split( $ends, apply_filters( 'the_content', $post->post_content ) );
	$title = $text( get_the_title( $post ) );
	return array(
		'title'    => '' === $title ? '(no title)' : $title,
		'summary'  => has_excerpt( $post ) ? $text( apply_filters( 'the_excerpt', get_the_excerpt( $post ) ) ) : '',
		'overview' => array_values( array_filter( array_map( $text, $parts ), 'strlen' ) ),
		'analysis' => array(),
		'sources'  => array(),
		'faq'      => array(),
	);
}

/** Puts into the queue what is to be sent: to the story, or to the actions on its live version. */
function story_history_add( $post, $body ) {
	$key  = wp_generate_uuid4();
	$now  = gmdate( 'Y-m-d\TH:i:s\Z' ); // The date of a post is not always when it went live.
	$name = 'post-' . $post->ID; // A slug can change, and can be another post's later.
	$event = array( 'key' => $key, 'story' => $name, 'body' => array( 'created_at' => $now ) + $body );
	add_option( STORY_HISTORY_EVENT . $key, $event, '', 'no' );
}

// The queue.
add_action( 'story_history_send', function () {
	global $wpdb;
	if ( ! $wpdb->get_var( "SELECT GET_LOCK('story_history', 0)" ) ) {
		return; // Another process sends.
	}
	$next = $wpdb->prepare(
		"SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE %s ORDER BY option_id LIMIT 1",
		$wpdb->esc_like( STORY_HISTORY_EVENT ) . '%'
	);
	while ( $row = $wpdb->get_row( $next ) ) {
		$event  = maybe_unserialize( $row->option_value );
		$answer = story_history_deliver( $event );
		$status = $answer['status'];
		if ( $status < 100 || $status >= 500 || in_array( $status, array( 401, 403, 408, 429 ), true ) ) {
			break; // Later. What waits behind it waits too: a story's versions keep their order.
		}
		if ( $status >= 300 ) {
			// It would be refused again. It is kept for the site's owner, and the next one is sent.
			add_option( STORY_HISTORY_REFUSED . $event['key'], $event + $answer, '', 'no' );
			error_log( "story-history refused {$event['story']}: " . wp_json_encode( $answer ) );
		}
		delete_option( $row->option_name );
	}
	$wpdb->query( "SELECT RELEASE_LOCK('story_history')" );
} );

function story_history_deliver( $event ) {
	$url = STORY_HISTORY_URL . '/api/v1/stories/' . $event['story'];
	if ( isset( $event['body']['action'] ) ) {
		$known = story_history_request( "$url/versions?limit=1" );
		if ( 200 !== $known['status'] ) {
			return $known;
		}
		$url .= '/revisions/' . $known['answer']['items'][0]['revision'] . '/actions';
	} else {
		$url .= '/revisions';
	}
	$answer = story_history_request( $url, $event );
	if ( in_array( 'created_at', array_column( $answer['answer']['errors'] ?? array(), 'field' ), true ) ) {
		// This site's clock is wrong, or an editor has published in the archive since.
		unset( $event['body']['created_at'] );
		return story_history_request( $url, $event );
	}
	return $answer;
}

/** The status, 0 if there is no answer, and the decoded body. */
function story_history_request( $url, $event = null ) {
	$headers = array( 'Authorization' => 'Bearer ' . STORY_HISTORY_TOKEN );
	if ( $event ) {
		$headers += array( 'Content-Type' => 'application/json', 'Idempotency-Key' => $event['key'] );
	}
	$answer = wp_remote_request( $url, array(
		'method'      => $event ? 'POST' : 'GET',
		'headers'     => $headers,
		'body'        => $event ? wp_json_encode( $event['body'] ) : null,
		'timeout'     => 20,
		'redirection' => $event ? 0 : 1,
	) );
	return array(
		'status' => (int) wp_remote_retrieve_response_code( $answer ),
		'answer' => json_decode( wp_remote_retrieve_body( $answer ), true ),
	);
}
