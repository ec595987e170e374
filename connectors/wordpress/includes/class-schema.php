<?php
/**
 * The plugin's tables.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Makes the tables where they are missing: on activation, in a new site of a network, after an update. */
final class Schema {

	public const OPTION = 'story_history_schema';

	private const NUMBER = 1;

	public function register(): void {
		if ( self::NUMBER !== (int) get_option( self::OPTION ) ) {
			$this->install();
		}
		add_filter( 'wpmu_drop_tables', array( $this, 'with_tables' ) );
	}

	/** @return string[] The full names. */
	public static function tables(): array {
		global $wpdb;
		return array( $wpdb->prefix . 'story_history_queue', $wpdb->prefix . 'story_history_stories' );
	}

	/**
	 * WordPress drops these with a site of a network.
	 *
	 * @param string[] $tables Those of WordPress.
	 * @return string[]
	 */
	public function with_tables( array $tables ): array {
		return array_merge( $tables, self::tables() );
	}

	private function install(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		list( $queue, $stories ) = self::tables();
		$collate                 = $wpdb->get_charset_collate();
		// A deleted post gives up its story, whose id no other post may get.
		dbDelta(
			"CREATE TABLE $stories (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			post_id bigint(20) unsigned DEFAULT NULL,
			story varchar(120) NOT NULL,
			is_public tinyint(1) NOT NULL DEFAULT 0,
			is_recorded tinyint(1) NOT NULL DEFAULT 0,
			slug varchar(200) NOT NULL DEFAULT '',
			dropped varchar(500) NOT NULL DEFAULT '',
			modified datetime DEFAULT NULL,
			PRIMARY KEY  (id),
			UNIQUE KEY post_id (post_id),
			UNIQUE KEY story (story)
			) $collate;"
		);
		dbDelta(
			"CREATE TABLE $queue (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			story varchar(120) NOT NULL,
			post_id bigint(20) unsigned NOT NULL,
			action varchar(20) NOT NULL,
			body longtext NOT NULL,
			event_key char(36) NOT NULL,
			status varchar(10) NOT NULL DEFAULT 'waiting',
			priority tinyint(4) NOT NULL DEFAULT 0,
			attempts int(11) NOT NULL DEFAULT 0,
			due datetime NOT NULL,
			created datetime NOT NULL,
			problem varchar(60) NOT NULL DEFAULT '',
			message text NOT NULL,
			PRIMARY KEY  (id),
			KEY next (status,priority,id),
			KEY story (story,status,id),
			KEY post_id (post_id)
			) $collate;"
		);
		// Posts that were changed before this are for the back-fill.
		add_option( Recorder::SINCE, gmdate( 'Y-m-d H:i:s' ), '', 'no' );
		update_option( self::OPTION, self::NUMBER );
	}
}
