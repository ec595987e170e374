<?php
// A must-use plugin: tests don't wait for minutes, the cookie `classic` opens the classic editor, and some articles
// are for members.

add_filter( 'story_history_interval', fn() => 1 );
add_filter( 'story_history_retry_delay', fn() => 1 );
add_filter( 'use_block_editor_for_post', fn( $use ) => $use && ! isset( $_COOKIE['classic'] ) );
add_filter( 'story_history_is_public', fn( $public, $post ) => $public && false === strpos( $post->post_title, 'members' ), 10, 2 );
