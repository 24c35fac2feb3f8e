//! Code points of the Phosphor icons in `assets/fonts`. Written by `assets/fonts/bake.py`; change `icons.txt` instead.

use super::icon::{Icon, IconWeight};

/// `archive`, regular.
pub const ARCHIVE: Icon = Icon::new('\u{e00c}', IconWeight::Regular);

/// `arrow-clockwise`, regular.
pub const ARROW_CLOCKWISE: Icon = Icon::new('\u{e036}', IconWeight::Regular);

/// `arrow-counter-clockwise`, bold.
pub const ARROW_COUNTER_CLOCKWISE_BOLD: Icon = Icon::new('\u{e038}', IconWeight::Bold);

/// `arrow-right`, regular.
pub const ARROW_RIGHT: Icon = Icon::new('\u{e06c}', IconWeight::Regular);

/// `arrows-clockwise`, regular.
pub const ARROWS_CLOCKWISE: Icon = Icon::new('\u{e094}', IconWeight::Regular);

/// `barcode`, regular.
pub const BARCODE: Icon = Icon::new('\u{e0b8}', IconWeight::Regular);

/// `binoculars`, regular.
pub const BINOCULARS: Icon = Icon::new('\u{ea64}', IconWeight::Regular);

/// `broadcast`, regular.
pub const BROADCAST: Icon = Icon::new('\u{e0f2}', IconWeight::Regular);

/// `caret-down`, regular.
pub const CARET_DOWN: Icon = Icon::new('\u{e136}', IconWeight::Regular);

/// `caret-right`, regular.
pub const CARET_RIGHT: Icon = Icon::new('\u{e13a}', IconWeight::Regular);

/// `cell-tower`, regular.
pub const CELL_TOWER: Icon = Icon::new('\u{ebaa}', IconWeight::Regular);

/// `check`, bold.
pub const CHECK_BOLD: Icon = Icon::new('\u{e182}', IconWeight::Bold);

/// `check`, regular.
pub const CHECK: Icon = Icon::new('\u{e182}', IconWeight::Regular);

/// `check-fat`, fill.
pub const CHECK_FAT_FILL: Icon = Icon::new('\u{eba6}', IconWeight::Fill);

/// `circle-dashed`, regular.
pub const CIRCLE_DASHED: Icon = Icon::new('\u{e602}', IconWeight::Regular);

/// `circle-notch`, bold.
pub const CIRCLE_NOTCH_BOLD: Icon = Icon::new('\u{eb44}', IconWeight::Bold);

/// `clipboard-text`, regular.
pub const CLIPBOARD_TEXT: Icon = Icon::new('\u{e198}', IconWeight::Regular);

/// `clock`, bold.
pub const CLOCK_BOLD: Icon = Icon::new('\u{e19a}', IconWeight::Bold);

/// `clock`, regular.
pub const CLOCK: Icon = Icon::new('\u{e19a}', IconWeight::Regular);

/// `cloud-slash`, regular.
pub const CLOUD_SLASH: Icon = Icon::new('\u{e1b6}', IconWeight::Regular);

/// `copy`, regular.
pub const COPY: Icon = Icon::new('\u{e1ca}', IconWeight::Regular);

/// `download-simple`, regular.
pub const DOWNLOAD_SIMPLE: Icon = Icon::new('\u{e20c}', IconWeight::Regular);

/// `equals`, bold.
pub const EQUALS_BOLD: Icon = Icon::new('\u{e21c}', IconWeight::Bold);

/// `eye`, regular.
pub const EYE: Icon = Icon::new('\u{e220}', IconWeight::Regular);

/// `file-text`, regular.
pub const FILE_TEXT: Icon = Icon::new('\u{e23a}', IconWeight::Regular);

/// `flask`, fill.
pub const FLASK_FILL: Icon = Icon::new('\u{e79e}', IconWeight::Fill);

/// `flask`, regular.
pub const FLASK: Icon = Icon::new('\u{e79e}', IconWeight::Regular);

/// `folder-open`, regular.
pub const FOLDER_OPEN: Icon = Icon::new('\u{e256}', IconWeight::Regular);

/// `gear-six`, fill.
pub const GEAR_SIX_FILL: Icon = Icon::new('\u{e272}', IconWeight::Fill);

/// `gear-six`, regular.
pub const GEAR_SIX: Icon = Icon::new('\u{e272}', IconWeight::Regular);

/// `info`, regular.
pub const INFO: Icon = Icon::new('\u{e2ce}', IconWeight::Regular);

/// `key`, regular.
pub const KEY: Icon = Icon::new('\u{e2d6}', IconWeight::Regular);

/// `lifebuoy`, fill.
pub const LIFEBUOY_FILL: Icon = Icon::new('\u{e63a}', IconWeight::Fill);

/// `lifebuoy`, regular.
pub const LIFEBUOY: Icon = Icon::new('\u{e63a}', IconWeight::Regular);

/// `list-checks`, fill.
pub const LIST_CHECKS_FILL: Icon = Icon::new('\u{eadc}', IconWeight::Fill);

/// `list-checks`, regular.
pub const LIST_CHECKS: Icon = Icon::new('\u{eadc}', IconWeight::Regular);

/// `lock`, fill.
pub const LOCK_FILL: Icon = Icon::new('\u{e2fa}', IconWeight::Fill);

/// `lock`, regular.
pub const LOCK: Icon = Icon::new('\u{e2fa}', IconWeight::Regular);

/// `magnifying-glass`, fill.
pub const MAGNIFYING_GLASS_FILL: Icon = Icon::new('\u{e30c}', IconWeight::Fill);

/// `magnifying-glass`, regular.
pub const MAGNIFYING_GLASS: Icon = Icon::new('\u{e30c}', IconWeight::Regular);

/// `not-equals`, bold.
pub const NOT_EQUALS_BOLD: Icon = Icon::new('\u{eda6}', IconWeight::Bold);

/// `package`, regular.
pub const PACKAGE: Icon = Icon::new('\u{e390}', IconWeight::Regular);

/// `paper-plane-tilt`, fill.
pub const PAPER_PLANE_TILT_FILL: Icon = Icon::new('\u{e398}', IconWeight::Fill);

/// `paper-plane-tilt`, regular.
pub const PAPER_PLANE_TILT: Icon = Icon::new('\u{e398}', IconWeight::Regular);

/// `pause`, regular.
pub const PAUSE: Icon = Icon::new('\u{e39e}', IconWeight::Regular);

/// `pencil-simple`, regular.
pub const PENCIL_SIMPLE: Icon = Icon::new('\u{e3b4}', IconWeight::Regular);

/// `person`, regular.
pub const PERSON: Icon = Icon::new('\u{e3a8}', IconWeight::Regular);

/// `plugs`, fill.
pub const PLUGS_FILL: Icon = Icon::new('\u{eb56}', IconWeight::Fill);

/// `plugs`, regular.
pub const PLUGS: Icon = Icon::new('\u{eb56}', IconWeight::Regular);

/// `plus`, regular.
pub const PLUS: Icon = Icon::new('\u{e3d4}', IconWeight::Regular);

/// `printer`, regular.
pub const PRINTER: Icon = Icon::new('\u{e3dc}', IconWeight::Regular);

/// `prohibit`, regular.
pub const PROHIBIT: Icon = Icon::new('\u{e3de}', IconWeight::Regular);

/// `record`, regular.
pub const RECORD: Icon = Icon::new('\u{e3ee}', IconWeight::Regular);

/// `seal-check`, fill.
pub const SEAL_CHECK_FILL: Icon = Icon::new('\u{e606}', IconWeight::Fill);

/// `seal-check`, regular.
pub const SEAL_CHECK: Icon = Icon::new('\u{e606}', IconWeight::Regular);

/// `seal-question`, regular.
pub const SEAL_QUESTION: Icon = Icon::new('\u{e608}', IconWeight::Regular);

/// `shield-warning`, fill.
pub const SHIELD_WARNING_FILL: Icon = Icon::new('\u{e412}', IconWeight::Fill);

/// `sliders-horizontal`, fill.
pub const SLIDERS_HORIZONTAL_FILL: Icon = Icon::new('\u{e434}', IconWeight::Fill);

/// `sliders-horizontal`, regular.
pub const SLIDERS_HORIZONTAL: Icon = Icon::new('\u{e434}', IconWeight::Regular);

/// `speaker-high`, regular.
pub const SPEAKER_HIGH: Icon = Icon::new('\u{e44a}', IconWeight::Regular);

/// `speaker-slash`, regular.
pub const SPEAKER_SLASH: Icon = Icon::new('\u{e45a}', IconWeight::Regular);

/// `tag`, regular.
pub const TAG: Icon = Icon::new('\u{e478}', IconWeight::Regular);

/// `user`, regular.
pub const USER: Icon = Icon::new('\u{e4c2}', IconWeight::Regular);

/// `warning`, fill.
pub const WARNING_FILL: Icon = Icon::new('\u{e4e0}', IconWeight::Fill);

/// `warning`, regular.
pub const WARNING: Icon = Icon::new('\u{e4e0}', IconWeight::Regular);

/// `warning-octagon`, fill.
pub const WARNING_OCTAGON_FILL: Icon = Icon::new('\u{e4e4}', IconWeight::Fill);

/// `x`, regular.
pub const X: Icon = Icon::new('\u{e4f6}', IconWeight::Regular);
