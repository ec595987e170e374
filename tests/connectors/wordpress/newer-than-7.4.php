<?php
// `php newer-than-7.4.php FILE…`: prints each place that PHP 7.4 does not understand.

$names = array( 'T_MATCH', 'T_ENUM', 'T_READONLY', 'T_ATTRIBUTE', 'T_NULLSAFE_OBJECT_OPERATOR' );
$newer = array_map( 'constant', array_filter( $names, 'defined' ) );
foreach ( array_slice( $argv, 1 ) as $file ) {
	foreach ( token_get_all( file_get_contents( $file ) ) as $token ) {
		if ( is_array( $token ) && in_array( $token[0], $newer, true ) ) {
			echo "$file:$token[2] $token[1]\n";
		}
	}
}
