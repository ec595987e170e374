<?php
/**
 * The note in the editors.
 *
 * @package Story_History
 */

namespace Story_History;

defined( 'ABSPATH' ) || exit;

/** Asks for the note to readers: in the block editor, in the classic editor, and in the REST API. */
final class Editor {

	private const FIELD = 'story_history';
	private const NONCE = 'story_history_note';

	/** @var Settings */
	private $settings;

	/** @var Stories */
	private $stories;

	/** @var Queue */
	private $queue;

	public function __construct( Settings $settings, Stories $stories, Queue $queue ) {
		$this->settings = $settings;
		$this->stories  = $stories;
		$this->queue    = $queue;
	}

	public function register(): void {
		add_action( 'rest_api_init', array( $this, 'register_field' ) );
		add_filter( 'rest_dispatch_request', array( $this, 'keep_reason' ), 10, 4 );
		add_action( 'enqueue_block_editor_assets', array( $this, 'enqueue' ) );
		add_action( 'add_meta_boxes', array( $this, 'add_meta_box' ) );
		add_action( 'save_post', array( $this, 'save_meta_box' ) );
	}

	/** A field of its own, not meta: it is there for post types without custom fields, too. */
	public function register_field(): void {
		$read  = array( 'readonly' => true, 'context' => array( 'edit' ) );
		$write = array( 'type' => 'string', 'context' => array( 'edit' ) );
		register_rest_field(
			$this->settings->post_types(),
			self::FIELD,
			array(
				'get_callback'    => array( $this, 'field' ),
				'update_callback' => array( $this, 'update_field' ),
				'schema'          => array(
					'description' => __( 'The note to readers that goes with the next version, and what the archive has.', 'story-history' ),
					'type'        => 'object',
					'context'     => array( 'edit' ),
					'properties'  => array(
						'note'     => array( 'maxLength' => Note::LONGEST ) + $write,
						'kind'     => array( 'enum' => array_keys( Note::kinds() ) ) + $write,
						'recorded' => array( 'type' => 'boolean' ) + $read,
						'waiting'  => array( 'type' => 'integer' ) + $read,
						'problems' => array( 'type' => 'array', 'items' => array( 'type' => 'string' ) ) + $read,
						'dropped'  => array( 'type' => 'string' ) + $read,
						'history'  => array( 'type' => 'string' ) + $read,
					),
				),
			)
		);
	}

	/**
	 * @param array<string, mixed> $post    As it is answered.
	 * @param string               $name    The field's.
	 * @param \WP_REST_Request     $request The request.
	 * @return ?array<string, mixed>
	 */
	public function field( array $post, string $name, \WP_REST_Request $request ): ?array {
		if ( 'edit' !== $request['context'] ) {
			return null;
		}
		return Note::of( (int) $post['id'] ) + $this->state( (int) $post['id'] );
	}

	/** @param mixed $value What was sent, checked against the schema. */
	public function update_field( $value, \WP_Post $post ): void {
		if ( 'trash' === $post->post_status ) {
			return; // The block editor saves once more what it has just moved to the trash.
		}
		$value = (array) $value;
		$known = Note::of( $post->ID );
		Note::keep( $post->ID, (string) ( $value['note'] ?? $known['note'] ), (string) ( $value['kind'] ?? $known['kind'] ) );
	}

	/**
	 * Moving to the trash saves nothing, so the block editor sends the note with that. WordPress has
	 * checked before that the user may.
	 *
	 * @param mixed                $result  Null, unless another plugin answers.
	 * @param \WP_REST_Request     $request The request.
	 * @param string               $route   The route's pattern.
	 * @param array<string, mixed> $handler The route's handler.
	 * @return mixed
	 */
	public function keep_reason( $result, \WP_REST_Request $request, string $route, array $handler ) {
		$controller = is_array( $handler['callback'] ) ? $handler['callback'][0] : null;
		$note       = is_array( $request[ self::FIELD ] ) ? ( $request[ self::FIELD ]['note'] ?? '' ) : '';
		if ( \WP_REST_Server::DELETABLE === $request->get_method() && $controller instanceof \WP_REST_Posts_Controller && is_string( $note ) && '' !== $note ) {
			Note::keep( (int) $request['id'], $note, '' );
		}
		return $result;
	}

	public function enqueue(): void {
		if ( ! in_array( get_post_type(), $this->settings->post_types(), true ) ) {
			return;
		}
		$needs = array( 'wp-api-fetch', 'wp-components', 'wp-data', 'wp-edit-post', 'wp-editor', 'wp-element', 'wp-i18n', 'wp-plugins', 'wp-url' );
		wp_enqueue_script( 'story-history-editor', plugins_url( 'assets/editor.js', FILE ), $needs, VERSION, true );
		wp_set_script_translations( 'story-history-editor', 'story-history' );
		$kinds = array();
		foreach ( Note::kinds() as $value => $label ) {
			$kinds[] = array( 'value' => $value, 'label' => $label );
		}
		wp_add_inline_script( 'story-history-editor', 'window.storyHistory = ' . wp_json_encode( array( 'kinds' => $kinds ) ) . ';', 'before' );
	}

	public function add_meta_box( string $type ): void {
		if ( in_array( $type, $this->settings->post_types(), true ) ) {
			$title = __( 'History', 'story-history' );
			// The block editor has a panel instead.
			add_meta_box( 'story-history', $title, array( $this, 'show_meta_box' ), $type, 'side', 'high', array( '__back_compat_meta_box' => true ) );
		}
	}

	public function show_meta_box( \WP_Post $post ): void {
		$note  = Note::of( $post->ID );
		$state = $this->state( $post->ID );
		wp_nonce_field( self::NONCE . $post->ID, 'story_history_nonce' );
		?>
		<p>
			<label for="story-history-note"><strong><?php esc_html_e( 'Note to readers', 'story-history' ); ?></strong></label>
			<textarea id="story-history-note" name="story_history_note" class="widefat" rows="3" maxlength="<?php echo esc_attr( (string) Note::LONGEST ); ?>" aria-describedby="story-history-help"><?php echo esc_textarea( $note['note'] ); ?></textarea>
			<span id="story-history-help" class="howto"><?php esc_html_e( 'Readers see it in the History with the change that you publish next.', 'story-history' ); ?></span>
		</p>
		<p>
			<label for="story-history-kind"><?php esc_html_e( 'Kind of change', 'story-history' ); ?></label>
			<select id="story-history-kind" name="story_history_kind" class="widefat">
				<?php foreach ( Note::kinds() as $value => $label ) : ?>
					<option value="<?php echo esc_attr( $value ); ?>" <?php selected( $note['kind'], $value ); ?>><?php echo esc_html( $label ); ?></option>
				<?php endforeach; ?>
			</select>
		</p>
		<?php if ( $state['history'] ) : ?>
			<p><a href="<?php echo esc_url( $state['history'] ); ?>"><?php esc_html_e( 'The History of this article', 'story-history' ); ?></a></p>
		<?php endif; ?>
		<?php if ( $state['waiting'] ) : ?>
			<p>
				<?php
				/* translators: %d: a number of changes */
				echo esc_html( sprintf( _n( '%d change is not in the archive yet.', '%d changes are not in the archive yet.', $state['waiting'], 'story-history' ), $state['waiting'] ) );
				?>
			</p>
		<?php endif; ?>
		<?php if ( $state['dropped'] ) : ?>
			<p>
				<?php
				/* translators: %s: a list such as “form (1)” */
				echo esc_html( sprintf( __( 'Not kept in the archive: %s', 'story-history' ), $state['dropped'] ) );
				?>
			</p>
		<?php endif; ?>
		<?php foreach ( $state['problems'] as $problem ) : ?>
			<div class="notice notice-error inline"><p><?php echo esc_html( $problem ); ?></p></div>
		<?php endforeach; ?>
		<?php
	}

	public function save_meta_box( int $id ): void {
		if ( ! isset( $_POST['story_history_note'], $_POST['story_history_kind'], $_POST['story_history_nonce'] ) || wp_is_post_autosave( $id ) || wp_is_post_revision( $id ) ) {
			return;
		}
		$nonce = sanitize_key( wp_unslash( $_POST['story_history_nonce'] ) );
		if ( wp_verify_nonce( $nonce, self::NONCE . $id ) && current_user_can( 'edit_post', $id ) ) {
			Note::keep( $id, sanitize_textarea_field( wp_unslash( $_POST['story_history_note'] ) ), sanitize_key( wp_unslash( $_POST['story_history_kind'] ) ) );
		}
	}

	/** @return array{recorded: bool, waiting: int, problems: string[], dropped: string, history: string} */
	private function state( int $post ): array {
		$story    = $this->stories->of( $post );
		$recorded = $story && $story->is_recorded;
		return array(
			'recorded' => $recorded,
			'waiting'  => $story ? $this->queue->overdue( $post ) : 0,
			'problems' => $story ? array_column( $this->queue->troubled( 5, $post ), 'message' ) : array(),
			'dropped'  => $story ? $story->dropped : '',
			'history'  => $recorded ? "{$this->settings->public_url()}/stories/$story->id/history" : '',
		);
	}
}
