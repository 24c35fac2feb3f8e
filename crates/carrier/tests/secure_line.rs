//! TLS and proxies: to whom the account speaks, and that nobody else hears a word of the request.

use crate::office::{lte, settings};
use carrier::{AccountSettings, Carrier, CheckVerdict, TrustedRoots};
use fleet::registration::RegistrationOutcome;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const ACCOUNT: &str =
    "{\"accountId\":\"1\",\"accountName\":\"Secure Fleet\",\"status\":\"ACTIVE\",\"plans\":[]}";

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem().into_bytes();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Serves account/info to everybody under a certificate for `name`; gives the port and what was heard inside TLS.
    async fn serve(&self, name: &str, years: (i32, i32)) -> (u16, Arc<Mutex<Vec<u8>>>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = vec![0; 8192];
                let length = stream.read(&mut request).await.unwrap_or(0);
                log.lock().unwrap().extend_from_slice(&request[..length]);
                let length = ACCOUNT.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
                );
                let _ = stream
                    .write_all(format!("{head}{ACCOUNT}").as_bytes())
                    .await;
                let _ = stream.shutdown().await;
            }
        });
        (port, heard)
    }
}

fn account(base_url: &str, roots: &[u8]) -> AccountSettings {
    AccountSettings {
        trusted_roots: TrustedRoots::Only(roots.to_vec()),
        ..settings(base_url)
    }
}

#[tokio::test]
async fn a_carrier_with_the_right_certificate_is_spoken_to() {
    let authority = Authority::new();
    let (port, heard) = authority.serve("localhost", (2020, 2100)).await;
    let carrier = Carrier::new(account(
        &format!("https://localhost:{port}/v1"),
        &authority.pem,
    ))
    .unwrap();
    let report = carrier.check().await;
    assert_eq!(
        (report.verdict, report.account_name.as_deref()),
        (CheckVerdict::Ready, Some("Secure Fleet"))
    );
    assert!(
        String::from_utf8_lossy(&heard.lock().unwrap()).starts_with("GET /v1/account/info.json?")
    );
}

#[tokio::test]
async fn nobody_with_a_wrong_certificate_hears_a_word() {
    let (ours, other) = (Authority::new(), Authority::new());
    let cases = [
        (
            "another authority",
            other.serve("localhost", (2020, 2100)).await,
        ),
        (
            "another name",
            ours.serve("elsewhere.example", (2020, 2100)).await,
        ),
        ("expired", ours.serve("localhost", (2020, 2021)).await),
        ("not yet valid", ours.serve("localhost", (2099, 2100)).await),
    ];
    for (case, (port, heard)) in cases {
        let carrier =
            Carrier::new(account(&format!("https://localhost:{port}/v1"), &ours.pem)).unwrap();
        let outcome = carrier.register(&lte(1)).await;
        assert!(
            matches!(outcome, RegistrationOutcome::NotSent { .. }),
            "{case}: {outcome:?}"
        );
        let verdict = carrier.check().await.verdict;
        assert!(
            matches!(verdict, CheckVerdict::NotTrusted { .. }),
            "{case}: {verdict:?}"
        );
        assert!(heard.lock().unwrap().is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_has_heard_the_host_and_nothing_more() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let heard =
        crate::bad_answers::answer_each(proxy, b"HTTP/1.1 407 Who are you\r\n\r\n".to_vec());
    let base = account("https://carrier.example/v1", &[]);
    let carrier = Carrier::new(AccountSettings {
        proxy: Some(format!("http://{address}")),
        ..base
    })
    .unwrap();
    let outcome = carrier.register(&lte(1)).await;
    assert!(
        matches!(&outcome, RegistrationOutcome::NotSent { why } if why.contains("proxy")),
        "{outcome:?}"
    );
    let verdict = carrier.check().await.verdict;
    assert!(
        matches!(&verdict, CheckVerdict::ProxyInTheWay { why } if why.contains("proxy")),
        "{verdict:?}"
    );
    let heard: String = heard
        .lock()
        .unwrap()
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    assert!(heard.starts_with("CONNECT carrier.example:443"), "{heard}");
    assert!(
        !heard.contains("ABCD123XYZ") && !heard.contains("unit/add"),
        "{heard}"
    );
}

#[tokio::test]
async fn a_call_to_this_computer_passes_no_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let heard = crate::bad_answers::answer_each(proxy, Vec::new());
    let office = crate::office::Office::open(crate::office::switches()).await;
    let base = settings(&office.sandbox.base_url());
    let carrier = Carrier::new(AccountSettings {
        proxy: Some(format!("http://{address}")),
        ..base
    })
    .unwrap();
    assert_eq!(carrier.check().await.verdict, CheckVerdict::Ready);
    assert!(heard.lock().unwrap().is_empty());
}
