//! A look at the server's certificate: verified as always, and described also when it is refused.

use super::{Report, StepName, Verdict};
use crate::fault::Fault;
use crate::roots::{Certificate, Roots, describe};
use crate::tls;
use fleet::printable::printable;
use jiff::{SignedDuration, Timestamp};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// PostgreSQL's question whether the server encrypts: length 8, then the number of the question.
const ASK_FOR_TLS: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const HANDSHAKE: Duration = Duration::from_secs(15);
/// A server's certificate with less is worth a word; RDS renews its own in time.
const SERVER_SOON: SignedDuration = SignedDuration::from_hours(24 * 30);
const ROOT_SOON: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What the server showed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    server: Certificate,
    /// Common name of the root that the chain ends in.
    root: String,
    protocol: &'static str,
}

/// Remembers what was shown, and leaves the judgement to the verifier that every connection uses.
#[derive(Debug)]
struct Remembering {
    verifier: Arc<dyn ServerCertVerifier>,
    shown: Mutex<Option<Shown>>,
}

/// Certificates as the server sent them.
#[derive(Debug)]
struct Shown {
    own: Vec<u8>,
    last_of_chain: Option<Vec<u8>>,
}

impl ServerCertVerifier for Remembering {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown {
            own: end_entity.to_vec(),
            last_of_chain: intermediates.last().map(|last| last.to_vec()),
        });
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Shakes hands once and says nothing else. With the fault comes what the server showed, in words.
pub(super) async fn look(
    mut stream: TcpStream,
    host: &str,
    place: &str,
    roots: &Roots,
) -> Result<Seen, (Fault, Option<String>)> {
    let odd = |why: String| {
        let place = place.to_owned();
        (Fault::NotAServer { place, why }, None)
    };
    let asked = async {
        stream.write_all(&ASK_FOR_TLS).await?;
        stream.read_u8().await
    };
    match timeout(HANDSHAKE, asked).await {
        Ok(Ok(b'S')) => {}
        Ok(Ok(b'N')) => {
            let place = place.to_owned();
            return Err((Fault::TlsRefused { place }, None));
        }
        Ok(Ok(other)) => return Err(odd(format!("it answers with byte {other}"))),
        Ok(Err(error)) => return Err(odd(error.to_string())),
        Err(_) => return Err(odd("it says nothing".to_owned())),
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|error| {
        let why = format!("{host} is no name that a certificate can have ({error})");
        (Fault::BadAddress { why }, None)
    })?;
    let provider = tls::provider();
    let failed = |error: &dyn std::fmt::Display| (Fault::not_understood(error.to_string()), None);
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(
        roots.store(),
        Arc::clone(&provider),
    )
    .build()
    .map_err(|error| failed(&error))?;
    let remembering = Arc::new(Remembering {
        verifier,
        shown: Mutex::new(None),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous() // only because it remembers; the judgement is the usual one
        .with_custom_certificate_verifier(Arc::<Remembering>::clone(&remembering))
        .with_no_client_auth();
    let shaken = timeout(
        HANDSHAKE,
        TlsConnector::from(Arc::new(config)).connect(name, stream),
    )
    .await;
    let shown = remembering
        .shown
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let server = shown.as_ref().and_then(|shown| describe(&shown.own));
    match shaken {
        Ok(Ok(stream)) => {
            let (server, last) = server
                .zip(shown)
                .map(|(server, shown)| (server, shown.last_of_chain.unwrap_or(shown.own)))
                .ok_or_else(|| odd("it shows no certificate that can be understood".to_owned()))?;
            let issuer = describe(&last).map(|last| last.issuer).unwrap_or_default();
            let root = roots.list().iter().find(|root| root.subject == issuer);
            Ok(Seen {
                root: root.map_or_else(|| printable(&issuer), |root| root.name.clone()),
                server,
                protocol: match stream.get_ref().1.protocol_version() {
                    Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
                    _ => "TLS 1.2",
                },
            })
        }
        Ok(Err(error)) => {
            let fault = tls::fault_of_handshake(&error, host);
            let words = server.map(|server| {
                format!(
                    "It shows a certificate for {}, issued by {}, valid until {}.",
                    server.names_in_words(),
                    printable(&server.issuer),
                    day(server.valid_until)
                )
            });
            Err((fault, words))
        }
        Err(_) => Err(odd("the handshake does not end".to_owned())),
    }
}

/// Puts what was seen into the report.
pub(super) fn told(report: &mut Report, seen: &Seen, roots: &Roots, now: Timestamp) {
    let words = format!(
        "{}, certificate for {} until {}, from the root {} ({})",
        seen.protocol,
        seen.server.names_in_words(),
        day(seen.server.valid_until),
        seen.root,
        roots.origin()
    );
    if now.duration_until(seen.server.valid_until) < SERVER_SOON {
        report.add(
            StepName::Encryption,
            Verdict::Notice,
            format!("{words}. The server's certificate ends soon"),
            Some("Tell the administrator: the server needs a new certificate."),
        );
        return;
    }
    match roots.first_to_expire() {
        Some(root) if now.duration_until(root.valid_until) < ROOT_SOON => report.add(
            StepName::Encryption,
            Verdict::Notice,
            format!("{words}. The root {} ends on {}", root.name, day(root.valid_until)),
            Some("Update Fleetdesk, or have the administrator name a newer file of root certificates."),
        ),
        _ => report.good(StepName::Encryption, words),
    }
}

fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_ends_within_ninety_days_is_named_before_it_does() {
        let roots = Roots::rds().unwrap();
        let first = roots.first_to_expire().unwrap().clone();
        let days = |days: i64| first.valid_until - SignedDuration::from_hours(24 * days);
        let seen = Seen {
            server: Certificate {
                name: "fleet.example.net".to_owned(),
                hosts: vec!["fleet.example.net".to_owned()],
                subject: String::new(),
                issuer: String::new(),
                valid_until: first.valid_until,
            },
            root: first.name.clone(),
            protocol: "TLS 1.3",
        };
        let told_at = |now: Timestamp| {
            let mut report = Report {
                database: String::new(),
                steps: Vec::new(),
            };
            told(&mut report, &seen, &roots, now);
            report.steps.remove(0)
        };
        let early = told_at(days(91));
        assert_eq!(early.verdict, Verdict::Good);
        assert!(
            early
                .words
                .contains("certificate for fleet.example.net until")
                && early
                    .words
                    .contains(&format!("from the root {}", first.name)),
            "{early:?}"
        );
        let late = told_at(days(89));
        assert_eq!(late.verdict, Verdict::Notice);
        assert!(
            late.words.contains(&format!(
                "The root {} ends on {}",
                first.name,
                day(first.valid_until)
            )) && late
                .cure
                .is_some_and(|cure| cure.contains("Update Fleetdesk")),
        );
    }
}
