//! TLS: to whom a bench speaks, and that nobody else hears user, database or password.

use fleet::Secret;
use fleet_db::private_cluster::{ClusterOptions, PrivateCluster};
use fleet_db::{Credential, Fault, Roots, Session, Target};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const PASSWORD: &str = "hunter2-never-on-the-wire";
const USER: &str = "bench_of_the_canary";

/// Somebody who issues certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pub pem: String,
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params(name);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Another issuer whose certificate this one signs.
    pub fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params(name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    pub fn leaf(&self, name: &str, years: (i32, i32)) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    pub fn roots(&self) -> Roots {
        Roots::from_pem(self.pem.as_bytes(), "the test's own").unwrap()
    }

    /// A server of TLS under a certificate for `name`, with or without the issuer's certificate in its chain.
    fn acceptor(&self, name: &str, years: (i32, i32), whole_chain: bool) -> TlsAcceptor {
        let (certificate, key) = self.leaf(name, years);
        let mut chain = vec![certificate.der().clone()];
        if whole_chain {
            chain.push(self.der.clone());
        }
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What a fake server does after the question for encryption.
enum Then {
    /// Says yes and encrypts.
    Encrypt(TlsAcceptor),
    /// Says yes and slips these bytes in before the handshake.
    Inject(Vec<u8>, TlsAcceptor),
    /// Says this and nothing else.
    Say(Vec<u8>),
}

/// What was heard: every raw byte, and what was said inside TLS.
#[derive(Default, Clone)]
struct Heard {
    raw: Arc<Mutex<Vec<u8>>>,
    inside: Arc<Mutex<Vec<u8>>>,
}

async fn fake(then: Then) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let log = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = serve(stream, &then, &log).await;
        }
    });
    (port, heard)
}

/// Everything that comes is written down before it is handed on.
fn tapped(stream: TcpStream, log: &Heard) -> impl AsyncRead + AsyncWrite + Unpin + use<> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (mut from, mut to) = stream.into_split();
    let (mut back, mut on) = tokio::io::split(theirs);
    let raw = Arc::clone(&log.raw);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            raw.lock().unwrap().extend_from_slice(&buffer[..length]);
            if on.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move { tokio::io::copy(&mut back, &mut to).await });
    ours
}

async fn serve(stream: TcpStream, then: &Then, log: &Heard) -> std::io::Result<()> {
    let mut stream = tapped(stream, log);
    let mut question = [0; 8];
    stream.read_exact(&mut question).await?;
    let acceptor = match then {
        Then::Say(bytes) => {
            stream.write_all(bytes).await?;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            return Ok(());
        }
        Then::Inject(bytes, acceptor) => {
            stream.write_all(&[b"S", bytes.as_slice()].concat()).await?;
            acceptor
        }
        Then::Encrypt(acceptor) => {
            stream.write_all(b"S").await?;
            acceptor
        }
    };
    let mut stream = acceptor.accept(stream).await?;
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        log.inside
            .lock()
            .unwrap()
            .extend_from_slice(&buffer[..length]);
    }
    Ok(())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

async fn refused(port: u16, roots: &Roots) -> Fault {
    let target = Target::host("localhost", port, USER, "fleet");
    let password = Credential::Password(Secret::new(PASSWORD));
    Session::connect_trusting(&target, password, roots)
        .await
        .expect_err("a session with a stranger")
}

#[tokio::test]
async fn whoever_cannot_prove_the_name_hears_no_user_and_no_password() {
    let (ours, other) = (Authority::new("Ours"), Authority::new("Other"));
    let between = ours.intermediate("Between");
    let good = (2020, 2100);
    let valid = || ours.acceptor("localhost", good, true);
    // A hello of TLS 1.1: version 3.2, 32 bytes of chance, no session, a suite of that time.
    let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    let cases: Vec<(&str, Then, &[&str])> = vec![
        (
            "another authority",
            Then::Encrypt(other.acceptor("localhost", good, true)),
            &["F-821"],
        ),
        (
            "another name",
            Then::Encrypt(ours.acceptor("elsewhere.example", good, true)),
            &["F-822"],
        ),
        (
            "expired",
            Then::Encrypt(ours.acceptor("localhost", (2020, 2021), true)),
            &["F-823"],
        ),
        (
            "not yet valid",
            Then::Encrypt(ours.acceptor("localhost", (2099, 2100), true)),
            &["F-824"],
        ),
        (
            "leaf only",
            Then::Encrypt(between.acceptor("localhost", good, false)),
            &["F-821"],
        ),
        ("plain text", Then::Say(b"N".to_vec()), &["F-820"]),
        (
            "an old error",
            Then::Say(b"E".to_vec()),
            &["F-820", "F-825", "F-860", "F-862", "F-812"],
        ),
        (
            "bytes slipped in",
            Then::Inject(b"R\0\0\0\x08\0\0\0\0".to_vec(), valid()),
            &["F-825"],
        ),
        (
            "TLS 1.1",
            Then::Say([b"S".to_vec(), hello].concat()),
            &["F-825"],
        ),
        (
            "no TLS after yes",
            Then::Say(b"SR\0\0\0\x08\0\0\0\x03".to_vec()),
            &["F-825"],
        ),
    ];
    for (case, then, codes) in cases {
        let (port, heard) = fake(then).await;
        let fault = refused(port, &ours.roots()).await;
        assert!(codes.contains(&fault.code()), "{case}: {fault:?}");
        let (raw, inside) = (heard.raw.lock().unwrap(), heard.inside.lock().unwrap());
        assert!(inside.is_empty(), "{case}: heard {inside:?}");
        assert!(raw.starts_with(&[0, 0, 0, 8, 4, 210, 22, 47]), "{case}");
        for word in [USER, PASSWORD, "fleetdesk"] {
            assert!(!contains(&raw, word), "{case}: '{word}' was on the wire");
        }
        let told = format!("{fault:?} {fault} {}", fault.advice());
        assert!(!told.contains(PASSWORD), "{case}: {told}");
    }
}

/// A whole chain through an intermediate is as good as one without, and then the talk goes on inside.
#[tokio::test]
async fn whoever_proves_the_name_is_spoken_to() {
    let ours = Authority::new("Ours");
    let between = ours.intermediate("Between");
    for acceptor in [
        ours.acceptor("localhost", (2020, 2100), true),
        between.acceptor("localhost", (2020, 2100), true),
    ] {
        let (port, heard) = fake(Then::Encrypt(acceptor)).await;
        let target = Target::host("localhost", port, USER, "fleet");
        let password = Credential::Password(Secret::new(PASSWORD));
        let roots = ours.roots();
        let connecting = Session::connect_trusting(&target, password, &roots);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), connecting).await;
        assert!(contains(&heard.inside.lock().unwrap(), USER));
        assert!(!contains(&heard.raw.lock().unwrap(), USER));
    }
}

#[tokio::test]
async fn a_real_server_under_our_root_lets_a_bench_in_by_its_password() {
    let ours = Authority::new("Ours");
    let (certificate, key) = ours.leaf("localhost", (2020, 2100));
    let cluster = PrivateCluster::start_with(&ClusterOptions {
        certificate: Some((certificate.pem(), Secret::new(key.serialize_pem()))),
        ..ClusterOptions::default()
    })
    .unwrap();
    cluster.prepare("fleet", &["bench_1"]).await.unwrap();
    let target = Target::host("localhost", cluster.port(), "bench_1", "fleet");
    assert!(!target.is_plain_text());
    let connect = |credential, roots| {
        let target = target.clone();
        async move { Session::connect_trusting(&target, credential, &roots).await }
    };
    let session = connect(cluster.credential(), ours.roots()).await.unwrap();
    assert!(session.server_time().await.is_ok());
    let wrong = Credential::Password(Secret::new(PASSWORD));
    for (credential, roots, code) in [
        (wrong, ours.roots(), "F-830"),
        (Credential::Nothing, ours.roots(), "F-802"),
        (cluster.credential(), Roots::rds().unwrap(), "F-821"),
        (
            cluster.credential(),
            Authority::new("Ours").roots(),
            "F-821",
        ),
    ] {
        let fault = connect(credential, roots).await.unwrap_err();
        assert_eq!(fault.code(), code, "{fault:?}");
    }

    let access = fleet_db::Access {
        target: target.clone(),
        roots: ours.roots(),
        login: fleet_db::Login::Password(match cluster.credential() {
            Credential::Password(password) => password,
            Credential::Nothing => unreachable!(),
        }),
    };
    let report = fleet_db::doctor::check(&access, jiff::Timestamp::now).await;
    assert_eq!(
        report.verdict(),
        fleet_db::doctor::Verdict::Good,
        "{report:#?}"
    );
    let words = |report: &fleet_db::doctor::Report, step| {
        report
            .steps
            .iter()
            .find(|each| each.step == step)
            .unwrap()
            .words
            .clone()
    };
    use fleet_db::doctor::StepName;
    let line = words(&report, StepName::Encryption);
    assert_eq!(
        line,
        "TLS 1.3, certificate for localhost until 2100-01-01, from the root Ours (the test's own)"
    );
    let stranger = fleet_db::Access {
        roots: Roots::rds().unwrap(),
        ..access
    };
    let report = fleet_db::doctor::check(&stranger, jiff::Timestamp::now).await;
    assert_eq!(report.verdict(), fleet_db::doctor::Verdict::Failed);
    let line = words(&report, StepName::Encryption);
    assert!(
        line.contains("not trusted here") && line.contains("for localhost, issued by CN=Ours"),
        "{line}"
    );
    assert_eq!(
        report.steps.len(),
        3,
        "nothing is tried after it: {report:#?}"
    );
}
