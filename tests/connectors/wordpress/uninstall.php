<?php
// Deletes the plugin as WordPress does. Prints the names of tables, options, meta and tasks that it leaves, as JSON.

require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/plugin.php';

const PLUGIN = 'story-history/story-history.php';
deactivate_plugins( PLUGIN );
uninstall_plugin( PLUGIN );

$names = "LIKE '%story\_history%'";
$left  = array_merge(
	$wpdb->get_col( "SHOW TABLES $names" ),
	$wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name $names AND option_name NOT LIKE '%transient%'" ),
	$wpdb->get_col( "SELECT meta_key FROM $wpdb->postmeta WHERE meta_key $names" )
);
foreach ( _get_cron_array() as $tasks ) {
	$left = array_merge( $left, array_filter( array_keys( $tasks ), fn( $hook ) => false !== strpos( $hook, 'story_history' ) ) );
}
echo json_encode( array_values( $left ) );
