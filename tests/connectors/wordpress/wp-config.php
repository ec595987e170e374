<?php
// A site for one run: its database, its address and the archive's come from the environment.

define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . getenv( 'MARIADB_SOCKET' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'WP_HOME', getenv( 'WORDPRESS_URL' ) );
define( 'WP_SITEURL', WP_HOME );
define( 'WP_ENVIRONMENT_TYPE', 'local' ); // Application passwords without TLS.
define( 'DISABLE_WP_CRON', (bool) getenv( 'SYSTEM_CRON' ) );
define( 'WP_CRON_LOCK_TIMEOUT', 2 ); // Not 60 seconds: a visit may begin a run while another ends.
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
foreach ( array( 'STORY_HISTORY_URL', 'STORY_HISTORY_TOKEN' ) as $name ) {
	if ( getenv( $name ) ) {
		define( $name, getenv( $name ) );
	}
}

$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
