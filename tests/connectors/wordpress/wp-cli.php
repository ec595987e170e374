<?php
// What the plugin uses of WP-CLI, which no registry has: `php wp-cli.php COMMAND [ARGUMENT…]`.

define( 'WP_CLI', true );

class WP_CLI {
	public static $commands = array();

	public static function add_command( $name, $command ) {
		self::$commands[ $name ] = $command;
	}

	public static function log( $text ) {
		echo "$text\n";
	}

	public static function success( $text ) {
		echo "Success: $text\n";
	}

	public static function error( $text ) {
		echo "Error: $text\n";
		exit( 1 );
	}
}

require __DIR__ . '/wp-load.php';
WP_CLI::$commands['story-history']->{$argv[1]}( array_slice( $argv, 2 ), array() );
