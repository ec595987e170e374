<?php
// Installs the site with the plugin; prints an application password of its editor.

( new mysqli( 'localhost', 'root', '', '', 0, getenv( 'MARIADB_SOCKET' ) ) )->query( 'CREATE DATABASE wordpress' );

define( 'WP_INSTALLING', true );
require 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'The Harbour Post', 'ines', 'ines@example.org', true, '', 'a long password' );
wp_update_user( array( 'ID' => 1, 'display_name' => 'Inès Okoro' ) );
update_option( 'timezone_string', 'Australia/Sydney' );
switch_theme( 'twentytwentythree' );
update_option( 'active_plugins', array( 'story-history/story-history.php' ) );
update_user_meta( 1, 'wp_persisted_preferences', array( 'core/edit-post' => array( 'welcomeGuide' => false ), '_modified' => gmdate( 'c' ) ) );
echo WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'play' ) )[0];
