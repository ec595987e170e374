/* The note to readers in the block editor: a panel beside the text, and one before publishing. */
( function ( wp, kinds ) {
	'use strict';

	const { createElement: el, Fragment, useEffect } = wp.element;
	const { __, _n, sprintf } = wp.i18n;
	const { ExternalLink, Notice, SelectControl, TextareaControl } = wp.components;
	const { useDispatch, useSelect } = wp.data;
	// WordPress 6.6 moved them.
	const slots = wp.editor.PluginDocumentSettingPanel ? wp.editor : wp.editPost;

	function useHistory() {
		const history = useSelect( ( select ) => select( 'core/editor' ).getEditedPostAttribute( 'story_history' ) );
		const isPublished = useSelect( ( select ) => select( 'core/editor' ).isCurrentPostPublished() );
		const { editPost } = useDispatch( 'core/editor' );
		const edit = ( change ) => editPost( { story_history: { ...history, ...change } } );
		return { history, isPublished, edit };
	}

	function Note( { history, edit, help } ) {
		return el( TextareaControl, {
			label: __( 'Note to readers', 'story-history' ),
			help,
			rows: 3,
			maxLength: 5000,
			value: history.note,
			onChange: ( note ) => edit( { note } ),
			__nextHasNoMarginBottom: true,
		} );
	}

	function Kind( { history, edit } ) {
		return el( SelectControl, {
			label: __( 'Kind of change', 'story-history' ),
			options: kinds,
			value: history.kind,
			onChange: ( kind ) => edit( { kind } ),
			__nextHasNoMarginBottom: true,
		} );
	}

	function State( { history } ) {
		return el( Fragment, null,
			...history.problems.map( ( problem, index ) =>
				el( Notice, { key: index, status: 'error', isDismissible: false }, problem ) ),
			history.waiting > 0 && el( 'p', null, sprintf(
				/* translators: %d: a number of changes */
				_n( '%d change is not in the archive yet.', '%d changes are not in the archive yet.', history.waiting, 'story-history' ),
				history.waiting ) ),
			history.dropped && el( 'p', null, sprintf(
				/* translators: %s: a list such as “form (1)” */
				__( 'Not kept in the archive: %s', 'story-history' ), history.dropped ) ),
			history.history && el( 'p', null,
				el( ExternalLink, { href: history.history }, __( 'The History of this article', 'story-history' ) ) )
		);
	}

	/* An editor should see the panel without knowing of it; whoever closes it has seen it. */
	function openOnce() {
		const seen = 'story-history-panel-seen';
		const panel = 'story-history/history';
		const store = wp.data.select( 'core/editor' ).isEditorPanelOpened ? 'core/editor' : 'core/edit-post';
		if ( ! window.localStorage.getItem( seen ) ) {
			window.localStorage.setItem( seen, '1' );
			if ( ! wp.data.select( store ).isEditorPanelOpened( panel ) ) {
				wp.data.dispatch( store ).toggleEditorPanelOpened( panel );
			}
		}
	}

	/* Moving to the trash saves nothing: the note goes with it, as the reason. */
	wp.apiFetch.use( ( options, next ) => {
		const editor = wp.data.select( 'core/editor' );
		const history = editor.getEditedPostAttribute( 'story_history' );
		const post = new RegExp( `^/wp/v2/[^/]+/${ editor.getCurrentPostId() }(\\?|$)` );
		if ( options.method === 'DELETE' && history && history.note && post.test( options.path ) ) {
			const path = wp.url.addQueryArgs( options.path, { story_history: { note: history.note } } );
			return next( { ...options, path } );
		}
		return next( options );
	} );

	const spaced = { style: { display: 'grid', gap: '16px' } };

	function Panel() {
		const { history, isPublished, edit } = useHistory();
		useEffect( openOnce, [] );
		if ( ! history ) {
			return null;
		}
		const help = __( 'Readers see it in the History with the change that you publish next.', 'story-history' );
		return el( slots.PluginDocumentSettingPanel, { name: 'history', title: __( 'History', 'story-history' ) },
			el( 'div', spaced,
				el( Note, { history, edit, help } ),
				isPublished && el( Kind, { history, edit } ),
				el( State, { history } ) ) );
	}

	function BeforePublishing() {
		const { history, edit } = useHistory();
		if ( ! history ) {
			return null;
		}
		const help = __( 'If there is something to say about this version. It can stay empty.', 'story-history' );
		return el( slots.PluginPrePublishPanel, { title: __( 'History', 'story-history' ), initialOpen: true },
			el( Note, { history, edit, help } ) );
	}

	wp.plugins.registerPlugin( 'story-history', {
		icon: 'backup',
		render: () => el( Fragment, null, el( Panel ), el( BeforePublishing ) ),
	} );
}( window.wp, window.storyHistory.kinds ) );
