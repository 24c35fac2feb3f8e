//! A person's choices on this bench, in a small TOML file. Nothing secret stands in it.
//!
//! A missing file means defaults; a broken one is said, never silently replaced.

use fleet_db::{PasswordFile, Target};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Choices of this bench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Name of the bench on timelines.
    pub bench: String,
    /// Name of the office.
    pub office: String,
    /// Sounds on.
    pub sound: bool,
    /// The system tells when all lanes are done and somebody looks elsewhere.
    pub notify: bool,
    /// `system`, `light` or `dark`.
    pub theme: ThemeChoice,
    /// Size of the window's contents, 0.8 to 2.0.
    pub zoom: f32,
    /// Nothing glides, turns or blinks.
    pub less_motion: bool,
    /// Size of labels, by its key; empty for the first.
    pub label_size: String,
    /// A label is printed when a lane turns green.
    pub print_labels: bool,
    /// The carrier account, when there is one.
    pub carrier: Option<CarrierPreferences>,
    /// The fleet database that all offices share, when there is one.
    pub fleet_db: Option<FleetDbPreferences>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            bench: "Bench 1".into(),
            office: String::new(),
            sound: true,
            notify: true,
            theme: ThemeChoice::System,
            zoom: 1.0,
            less_motion: false,
            label_size: String::new(),
            print_labels: false,
            carrier: None,
            fleet_db: None,
        }
    }
}

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which carrier account. Its secret stands in the system's keychain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierPreferences {
    /// Whose contract the account speaks.
    #[serde(default)]
    pub contract: CarrierContract,
    /// Address of the account API, as the carrier gave it.
    pub base_url: String,
    /// Account key or user name (no secret).
    pub key: String,
    /// Plan code for new units.
    pub plan_code: String,
    /// Where units are used: five digits; empty where the carrier does not ask.
    #[serde(default)]
    pub service_zip: String,
    /// Further plans of the account, where the carrier has no list of them.
    #[serde(default)]
    pub plans: Vec<String>,
    /// Communication plan of new units, where the carrier has such a thing.
    #[serde(default)]
    pub communication_plan: Option<String>,
    /// Whether new units stand test-ready at the carrier, where it has that, until they are used or activated.
    #[serde(default)]
    pub test_ready: bool,
    /// Where the account's secret comes from.
    #[serde(default)]
    pub secret: SecretSource,
    /// Proxy address. The system's proxy settings are not looked at.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Calls that may begin in one second, where fewer than the carrier's own limit are wanted.
    #[serde(default)]
    pub calls_per_second: Option<u32>,
}

/// Where a secret comes from. It never stands in a file of this program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// The system's keychain.
    #[default]
    Keychain,
    /// A person types it at each start.
    Typed,
    /// A file of this bench, sealed under a passphrase that is typed at each start.
    SealedFile,
}

/// Whose contract a carrier account speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CarrierContract {
    /// The Sprint account API.
    #[default]
    Sprint,
    /// Cisco IoT Control Center.
    ControlCenter,
}

/// Where the fleet database is and how this bench logs in. A password stands in the system's keychain, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetDbPreferences {
    /// `postgres://USER@HOST:PORT/NAME`.
    pub address: Target,
    /// PEM file of root certificates to trust instead of those of Amazon RDS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<PathBuf>,
    /// What this bench shows when it logs in.
    #[serde(default)]
    pub login: LoginChoice,
    /// Profile of the AWS program that signs, for a token of RDS and for a password file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_profile: Option<String>,
    /// AWS region of the database, for a token of RDS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Where the password file is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PasswordFile>,
}

/// What a bench shows to the fleet database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginChoice {
    /// A password that was typed once and stands in the keychain.
    #[default]
    Keychain,
    /// A password that is typed each time the program starts.
    Ask,
    /// A password in a file of this bench, sealed under a passphrase that is typed each time the program starts.
    SealedFile,
    /// A token of RDS, signed for each connection.
    RdsToken,
    /// A password in a file of S3.
    PasswordFile,
}

/// Why preferences could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    /// The file is not what it should be.
    #[error("the preferences file {path} cannot be understood: {detail}")]
    Broken {
        /// Which file.
        path: String,
        /// Where and why.
        detail: String,
    },
    /// The file could not be read or written.
    #[error("the preferences file {path} cannot be used: {detail}")]
    File {
        /// Which file.
        path: String,
        /// In the system's words.
        detail: String,
    },
}

impl Preferences {
    /// Reads the file; defaults when there is none.
    ///
    /// # Errors
    /// When there is one and it cannot be read or understood.
    pub fn load(path: &Path) -> Result<Self, PreferencesError> {
        let shown = || path.display().to_string();
        match std::fs::read_to_string(path) {
            // The parser's own text would quote the line, and somebody may have put a password into it.
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = 1 + before.unwrap_or_default().matches('\n').count();
                PreferencesError::Broken {
                    path: shown(),
                    detail: format!("line {line}: {}", error.message()),
                }
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(PreferencesError::File {
                path: shown(),
                detail: error.to_string(),
            }),
        }
    }

    /// Writes the file beside the old one and puts it in its place, so that a cut never leaves half a file.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), PreferencesError> {
        let failed = |detail: String| PreferencesError::File {
            path: path.display().to_string(),
            detail,
        };
        let text = toml::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        let beside = path.with_extension("toml.new");
        let written = std::fs::File::create(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, path)
        });
        written.map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.toml");
        std::fs::write(
            &path,
            "[fleet_db]\naddress = \"postgres://u:hunter2@h/d\"\n",
        )
        .unwrap();
        let told = Preferences::load(&path).unwrap_err().to_string();
        assert!(told.contains("password stands in"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn what_is_kept_is_read_again_and_a_broken_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.toml");
        assert_eq!(Preferences::load(&path).unwrap(), Preferences::default());
        let mine = Preferences {
            bench: "Bench 2".into(),
            zoom: 1.5,
            ..Preferences::default()
        };
        let mine = Preferences {
            fleet_db: Some(FleetDbPreferences {
                address: Target::parse("postgres://bench_2@fleet.example.net:5432/fleet").unwrap(),
                roots: None,
                login: LoginChoice::RdsToken,
                aws_profile: Some("fleet".into()),
                region: Some("eu-west-1".into()),
                password_file: None,
            }),
            ..mine
        };
        mine.save(&path).unwrap();
        assert_eq!(Preferences::load(&path).unwrap(), mine);
        std::fs::write(&path, "bench = \"x\"\ncolour = 3\n").unwrap();
        assert!(
            Preferences::load(&path)
                .unwrap_err()
                .to_string()
                .contains("colour")
        );
    }
}
