<?php
/**
 * Removes all that the plugin stored in WordPress. The archive keeps what it has.
 *
 * @package Story_History
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** Of the current site. */
function story_history_uninstall(): void {
	global $wpdb;
	foreach ( array( 'queue', 'stories' ) as $table ) {
		$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}story_history_$table" ); // phpcs:ignore WordPress.DB
	}
	foreach ( array( 'settings', 'token', 'schema', 'since', 'status' ) as $option ) {
		delete_option( "story_history_$option" );
	}
	foreach ( array( 'note', 'kind' ) as $meta ) {
		delete_post_meta_by_key( "_story_history_$meta" );
	}
	foreach ( array( 'send', 'send_soon', 'catch_up' ) as $hook ) {
		wp_clear_scheduled_hook( "story_history_$hook" );
	}
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $story_history_site ) {
		switch_to_blog( $story_history_site );
		story_history_uninstall();
		restore_current_blog();
	}
} else {
	story_history_uninstall();
}
