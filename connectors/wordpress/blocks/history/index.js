/* The History where an author places it. The server makes it; the editor shows where it will stand. */
( function ( wp ) {
	'use strict';

	const { createElement: el } = wp.element;
	const { __ } = wp.i18n;

	wp.blocks.registerBlockType( 'story-history/history', {
		edit: () => el( 'div', wp.blockEditor.useBlockProps( { style: { border: '1px dashed', padding: '1em' } } ),
			__( 'Readers see the History of this article here.', 'story-history' ) ),
		save: () => null,
	} );
}( window.wp ) );
