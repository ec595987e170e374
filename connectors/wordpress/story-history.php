<?php
/**
 * Plugin Name:       Story History
 * Description:       Records every published state of your articles in a story-history archive, and shows readers what changed, when and why.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The story-history maintainers
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       story-history
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
const FILE    = __FILE__;

foreach ( array( 'settings', 'schema', 'queue', 'stories', 'answer', 'archive', 'article', 'recorder', 'revisions', 'sender', 'note', 'editor', 'history', 'admin-page', 'notices' ) as $part ) {
	require __DIR__ . "/includes/class-$part.php";
}

/** Makes the plugin's objects and connects them to WordPress: the one place that knows them all. */
function start(): void {
	$settings = new Settings();
	$schema   = new Schema();
	$queue    = new Queue();
	$stories  = new Stories( $settings );
	$archive  = new Archive( $settings );
	$article  = new Article( $settings );
	$sender   = new Sender( $queue, $stories, $archive, new Revisions( $article ) );
	$recorder = new Recorder( $settings, $queue, $stories, $article );

	$schema->register();
	$settings->register();
	$recorder->register();
	$sender->register();
	( new Editor( $settings, $stories, $queue ) )->register();
	( new History( $settings, $stories ) )->register();

	$page = new Admin_Page( $settings, $queue, $stories, $archive, $sender, $recorder );
	$page->register();
	( new Notices( $settings, $queue, $sender ) )->register();

	if ( defined( 'WP_CLI' ) && WP_CLI ) {
		require __DIR__ . '/includes/class-command.php';
		\WP_CLI::add_command( 'story-history', new Command( $queue, $sender, $recorder, $archive ) );
	}
}

register_deactivation_hook( __FILE__, array( Sender::class, 'unschedule' ) );
add_action( 'plugins_loaded', __NAMESPACE__ . '\start' );
