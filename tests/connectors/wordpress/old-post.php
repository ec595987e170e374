<?php
// `php old-post.php TITLE`: an article from before the plugin was there, with four texts; the first is
// that of a draft, which was published later. Prints its number.

require __DIR__ . '/wp-load.php';
remove_all_actions( 'wp_after_insert_post' );

$id = wp_insert_post(
	array(
		'post_title'   => $argv[1],
		'post_status'  => 'draft',
		'post_content' => '<p>Begun</p>',
		'post_author'  => 1,
	)
);
foreach ( array( 'draft', 'publish', 'publish', 'publish' ) as $i => $status ) {
	$at = '2020-0' . ( $i + 1 ) . '-01 12:00:00';
	wp_update_post(
		array(
			'ID'           => $id,
			'post_status'  => $status,
			'post_content' => "<p>Text $i</p>",
		)
	);
	$revisions = wp_get_post_revisions( $id, array( 'fields' => 'ids' ) );
	foreach ( array( $id, max( $revisions ) ) as $changed ) {
		$wpdb->update( $wpdb->posts, array( 'post_modified_gmt' => $at, 'post_modified' => $at ), array( 'ID' => $changed ) );
	}
}
$wpdb->update( $wpdb->posts, array( 'post_date_gmt' => '2020-01-15 08:00:00' ), array( 'ID' => $id ) );
echo $id;
