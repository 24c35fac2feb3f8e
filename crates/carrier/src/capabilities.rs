//! What a carrier can do, as data: screens are built from this and never ask for a carrier's name.

/// Which number a carrier knows a subscription by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrimaryKey {
    /// The unit's own number (IMEI, MEID, ESN).
    Device,
    /// The SIM's number.
    Iccid,
}

/// What a carrier can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Which number it knows a subscription by.
    pub primary_key: PrimaryKey,
    /// Whether a SIM is needed to register.
    pub needs_iccid: bool,
    /// Whether the place of use must be told.
    pub needs_service_zip: bool,
    /// Whether 'suspended' is a state of its own.
    pub has_suspended: bool,
    /// Whether a unit may stand on the bench at no cost before it is active.
    pub has_test_ready: bool,
    /// Whether plan changes are limited in a billing period.
    pub has_plan_change_limit: bool,
    /// Whether an accepted change has a handle to follow.
    pub has_transactions: bool,
    /// Whether registering gives values that must be written into the unit.
    pub gives_programming_values: bool,
    /// Whether a repeated request with the same client reference gives the first outcome.
    pub repeats_are_safe: bool,
    /// How long an activation usually takes, minutes: what public descriptions of such accounts name.
    pub usual_activation_min: u32,
    /// How long a look-up may lag behind a registration, milliseconds.
    pub settle_time_ms: u64,
    /// Longest message text; `None` when no messages can be sent.
    pub message_length: Option<usize>,
    /// How many units one message can go to in one call.
    pub messages_per_call: usize,
    /// Whether a message sent again under its reference is not sent twice.
    pub messages_repeat_safely: bool,
    /// How long the carrier's list of messages may lag behind one that it took over, milliseconds; 0 where repeats are safe.
    pub message_settle_ms: u64,
    /// Whether what a unit answers to a message can be read.
    pub gives_replies: bool,
    /// Whether the account lists its plans; otherwise only those in use or written down here are known.
    pub lists_plans: bool,
    /// Whether a change may be given a day on which it takes effect.
    pub has_dated_changes: bool,
    /// Whether a deactivated unit loses its number and cannot be restored.
    pub deactivation_is_final: bool,
    /// Largest page of a list.
    pub page_size: u32,
    /// How long the place in a list is kept between two of its pages, seconds; `None` where it does not get lost.
    pub list_place_kept_s: Option<u64>,
    /// Whether a list holds every subscription of the account, however long ago it was changed.
    pub list_is_whole: bool,
    /// Longest name that the account shows for a unit.
    pub unit_name_length: usize,
    /// Calls in one second.
    pub calls_per_second: u32,
    /// Calls in a day, where they are counted.
    pub calls_per_day: Option<u32>,
}
