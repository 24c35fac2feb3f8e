//! The real program as a process: under a stub of Lambda's Runtime API, on a machine of one's own, killed, and with each link broken.

use crate::local_s3;
use crate::world::{World, cluster, switches};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use carrier::sandbox::{EXAMPLE_KEY, EXAMPLE_SECRET, Switches};
use fleet_db::Credential;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

type Settings = BTreeMap<&'static str, String>;

fn settings(world: &World) -> Settings {
    BTreeMap::from([
        ("COLLECTOR_CARRIER_URL", world.sandbox.base_url()),
        ("COLLECTOR_CARRIER_ACCOUNT", "none".to_owned()),
        ("COLLECTOR_DATABASE", world.target().to_string()),
        ("COLLECTOR_DATABASE_CREDENTIAL", "none".to_owned()),
        ("COLLECTOR_CALLS_FOR_DESKS", "0".to_owned()),
        ("COLLECTOR_PAGE_SIZE", "50".to_owned()),
    ])
}

fn program(settings: &Settings, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
    command
        .args(arguments)
        .env_clear()
        .envs(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Lets it run to its end on a thread of its own: the servers that it talks with live on this one.
async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_on_any_machine_writes_one_line_that_is_log_and_metrics() {
    let world = World::new(switches()).await;
    world.seed_past(3, 40);
    let output = output(program(&settings(&world), &["--once"])).await;
    assert!(output.status.success(), "{output:?}");
    let [line] = &lines(&output)[..] else {
        panic!("{output:?}")
    };
    assert_eq!(
        (
            line["Rows"].as_u64(),
            line["NewRows"].as_u64(),
            line["LagSeconds"].as_i64()
        ),
        (Some(120), Some(120), Some(0))
    );
    let metrics = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(metrics["Namespace"], "Fleetdesk/Collector");
    for metric in metrics["Metrics"].as_array().unwrap() {
        assert!(
            line[metric["Name"].as_str().unwrap()].is_number(),
            "{metric}"
        );
    }
    world.holds().await;
    assert_eq!(world.stored().await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used_are_named_in_words_that_fit_a_collector() {
    let whole = Settings::from([
        ("COLLECTOR_CARRIER_URL", "http://127.0.0.1:9/v1".to_owned()),
        ("COLLECTOR_CARRIER_ACCOUNT", "none".to_owned()),
        ("COLLECTOR_DATABASE_CREDENTIAL", "none".to_owned()),
        (
            "COLLECTOR_DATABASE",
            "postgres://u@127.0.0.1:9/f".to_owned(),
        ),
    ]);
    let told = async |database: Option<&str>, arguments: &[&str]| {
        let mut settings = whole.clone();
        settings.remove("COLLECTOR_DATABASE");
        settings.extend(database.map(|text| ("COLLECTOR_DATABASE", text.to_owned())));
        let output = output(program(&settings, arguments)).await;
        assert!(!output.status.success());
        let line = lines(&output).remove(0);
        assert_eq!(line["code"], "settings", "{line}");
        line["message"].as_str().unwrap().to_owned()
    };
    let with_password = told(Some("postgres://u:Zsecr3tX@127.0.0.1:9/f"), &["--once"]).await;
    assert!(
        with_password.contains("COLLECTOR_DATABASE_CREDENTIAL"),
        "{with_password}"
    );
    assert!(!with_password.contains("keychain") && !with_password.contains("Zsecr3tX"));
    let unset = told(None, &["--once"]).await;
    assert!(unset.ends_with("COLLECTOR_DATABASE is not set"), "{unset}");
    let other = told(Some("nonsense"), &["--once"]).await;
    assert!(other.contains("COLLECTOR_DATABASE: 'nonsense'"), "{other}");
    let future = told(
        Some("postgres://u@127.0.0.1:9/f"),
        &["backfill", "2199-01-01"],
    )
    .await;
    assert!(future.contains("2199-01-01 has not begun"), "{future}");
}

/// A stub of the Runtime API: hands out events, takes answers.
struct Lambda {
    address: String,
    answers: mpsc::UnboundedReceiver<(String, Value)>,
}

#[derive(Clone)]
struct Stub {
    events: Arc<Mutex<VecDeque<Value>>>,
    answers: mpsc::UnboundedSender<(String, Value)>,
    left: Duration,
}

impl Lambda {
    async fn serve(events: Vec<Value>, left: Duration) -> Self {
        let (answers, taken) = mpsc::unbounded_channel();
        let stub = Stub {
            events: Arc::new(Mutex::new(events.into())),
            answers,
            left,
        };
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take))
            .with_state(stub);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            answers: taken,
        }
    }

    fn start(&self, settings: &Settings) -> Child {
        program(settings, &[])
            .env("AWS_LAMBDA_RUNTIME_API", &self.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "collector")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/fleetdesk/collector")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .spawn()
            .unwrap()
    }

    async fn answer(&mut self) -> (String, Value) {
        tokio::time::timeout(Duration::from_secs(60), self.answers.recv())
            .await
            .unwrap()
            .unwrap()
    }
}

async fn next(State(stub): State<Stub>) -> impl IntoResponse {
    let event = stub.events.lock().unwrap().pop_front();
    let Some(event) = event else {
        std::future::pending().await
    };
    let deadline =
        jiff::Timestamp::now().as_millisecond() + i64::try_from(stub.left.as_millis()).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(
        "lambda-runtime-aws-request-id",
        "8476a536-e9f4-11e8-9739-2dfe598c3fcd".parse().unwrap(),
    );
    headers.insert(
        "lambda-runtime-deadline-ms",
        deadline.to_string().parse().unwrap(),
    );
    headers.insert(
        "lambda-runtime-invoked-function-arn",
        "arn:aws:lambda:eu-west-1:123456789012:function:collector"
            .parse()
            .unwrap(),
    );
    headers.insert(
        "lambda-runtime-trace-id",
        "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".parse().unwrap(),
    );
    (headers, event.to_string())
}

async fn take(
    State(stub): State<Stub>,
    Path((_, kind)): Path<(String, String)>,
    body: String,
) -> impl IntoResponse {
    let _ = stub
        .answers
        .send((kind, serde_json::from_str(&body).unwrap()));
    axum::http::StatusCode::ACCEPTED
}

#[tokio::test(flavor = "multi_thread")]
async fn as_a_lambda_function_it_collects_checks_and_reads_a_past_day_in_one_process() {
    let world = World::new(switches()).await;
    world.seed_past(3, 40);
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let events = vec![
        json!({"version": "0", "source": "aws.scheduler"}),
        json!({"check": true}),
        json!({"day": today}),
        json!({}),
    ];
    let mut lambda = Lambda::serve(events, Duration::from_secs(60)).await;
    let mut child = lambda.start(&settings(&world));
    let (kind, answer) = lambda.answer().await;
    assert_eq!(
        (
            kind.as_str(),
            answer["ending"].as_str(),
            answer["new_reports"].as_u64()
        ),
        ("response", Some("caught_up"), Some(120)),
        "{answer}"
    );
    let (_, answer) = lambda.answer().await;
    assert_eq!(
        answer["links"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|link| link["holds"] == true)
            .count(),
        2,
        "{answer}"
    );
    let (kind, answer) = lambda.answer().await;
    assert_eq!(
        (
            kind.as_str(),
            answer["ending"].as_str(),
            answer["new_reports"].as_u64()
        ),
        ("response", Some("window_done"), Some(0)),
        "{answer}"
    );
    let (_, answer) = lambda.answer().await;
    assert_eq!(answer["new_reports"].as_u64(), Some(0), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
    world.holds().await;
    assert_eq!(world.stored().await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lambda_function_ends_before_its_real_deadline_and_tells_trouble_as_an_error() {
    let world = World::new(Switches {
        slow_answer_every: 1,
        slow_answer_ms: 300,
        ..switches()
    })
    .await;
    world.seed_past(4, 200);
    let begun = Instant::now();
    let mut lambda = Lambda::serve(vec![json!({}), json!({})], Duration::from_secs(6)).await;
    let mut child = lambda.start(&settings(&world));
    let (_, answer) = lambda.answer().await;
    assert_eq!(answer["ending"], "paused", "{answer}");
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    world.sandbox.set_switches(Switches {
        key_expired: true,
        ..switches()
    });
    let (kind, answer) = lambda.answer().await;
    assert_eq!(kind, "error", "{answer}");
    assert!(
        answer["errorMessage"]
            .as_str()
            .unwrap()
            .starts_with("the carrier refuses the account"),
        "{answer}"
    );
    assert_eq!(answer["errorType"], "carrier_refuses");
    child.kill().unwrap();
    child.wait().unwrap();
    world.holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_at_any_moment_loses_and_doubles_nothing() {
    let world = World::new(Switches {
        slow_answer_every: 1,
        slow_answer_ms: 15,
        ..switches()
    })
    .await;
    world.seed_past(5, 200);
    for after_ms in [20, 60, 90, 140, 200] {
        let mut child = program(&settings(&world), &["--once"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        let _ = child.kill();
        child.wait().unwrap();
        // The server may still be storing the page that it has in hand, and then take the lease anew.
        let at_work = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        while world.number(at_work).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.holds().await;
        world
            .sql
            .execute("UPDATE fleet.feeds SET lease_until = now()", &[])
            .await
            .unwrap();
    }
    world.sandbox.set_switches(switches());
    let mut whole = settings(&world);
    whole.insert("COLLECTOR_MOST_PAGES", "1000".to_owned());
    let last = output(program(&whole, &["--once"])).await;
    assert_eq!(lines(&last)[0]["ending"], "caught_up", "{last:?}");
    world.holds().await;
    assert_eq!(world.stored().await, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_2016_way_password_and_account_are_read_from_s3_by_a_signature_that_is_checked() {
    let world = World::new(switches()).await;
    world.seed_past(2, 20);
    let Credential::Password(password) = cluster().credential() else {
        panic!("a password")
    };
    let account = json!({ "key": EXAMPLE_KEY, "secret": EXAMPLE_SECRET }).to_string();
    let files = BTreeMap::from([
        (
            "credentials/database/password.json".to_owned(),
            json!({ "password": password.reveal() }).to_string() + "\n",
        ),
        ("credentials/carrier/account.json".to_owned(), account),
    ]);
    let mut all = settings(&world);
    all.extend([
        ("AWS_ENDPOINT_URL", local_s3::serve(files).await),
        ("AWS_REGION", local_s3::REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", local_s3::KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", local_s3::SECRET.to_owned()),
        ("AWS_SESSION_TOKEN", local_s3::SESSION.to_owned()),
        (
            "COLLECTOR_DATABASE",
            cluster().loopback("collector", &world.database).to_string(),
        ),
        (
            "COLLECTOR_DATABASE_CREDENTIAL",
            "s3://credentials/database/password.json".to_owned(),
        ),
        (
            "COLLECTOR_CARRIER_ACCOUNT",
            "s3://credentials/carrier/account.json".to_owned(),
        ),
    ]);
    let good = output(program(&all, &["--once"])).await;
    assert!(good.status.success(), "{good:?}");
    assert_eq!(world.stored().await, 40);
    for (name, wrong) in [
        ("AWS_SECRET_ACCESS_KEY", "another".to_owned()),
        ("AWS_SESSION_TOKEN", "another".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        (
            "COLLECTOR_DATABASE_CREDENTIAL",
            "s3://credentials/database/other.json".to_owned(),
        ),
    ] {
        let mut broken = all.clone();
        broken.insert(name, wrong);
        broken.insert("COLLECTOR_CARRIER_ACCOUNT", "none".to_owned());
        let refused = output(program(&broken, &["--once"])).await;
        let told = lines(&refused)[0]["message"].as_str().unwrap().to_owned();
        assert!(
            told.starts_with("cannot read the password (role?)"),
            "{name}: {told}"
        );
    }
    let said = format!("{good:?}");
    for secret in [password.reveal(), EXAMPLE_SECRET, local_s3::SECRET] {
        assert!(!said.contains(secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_names_each_broken_link_within_ten_seconds() {
    let world = World::new(switches()).await;
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let dead = nobody.local_addr().unwrap();
    drop(nobody);
    // Accepts and never says a word.
    let mute = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mute_at = mute.local_addr().unwrap();
    let whole = output(program(&settings(&world), &["check"])).await;
    assert!(whole.status.success(), "{whole:?}");
    for (name, value, code, words) in [
        (
            "COLLECTOR_CARRIER_URL",
            format!("http://{dead}/v1"),
            "carrier_unreachable",
            "cannot reach the carrier (NAT?)",
        ),
        (
            "COLLECTOR_CARRIER_URL",
            format!("http://{mute_at}/v1"),
            "carrier_unreachable",
            "cannot reach the carrier (NAT?)",
        ),
        (
            "COLLECTOR_DATABASE",
            format!("postgres://collector@{dead}/fleet"),
            "database_unreachable",
            "cannot reach the database (security group?)",
        ),
        (
            "COLLECTOR_DATABASE",
            format!("postgres://collector@{mute_at}/fleet"),
            "database_unreachable",
            "cannot reach the database (security group?)",
        ),
        (
            "COLLECTOR_DATABASE_CREDENTIAL",
            "file:/nowhere/password".to_owned(),
            "password",
            "cannot read the password (role?)",
        ),
        (
            "COLLECTOR_CARRIER_ACCOUNT",
            "file:/nowhere/account".to_owned(),
            "carrier_account",
            "cannot read the carrier's account (role?)",
        ),
    ] {
        let mut broken = settings(&world);
        broken.insert(name, value);
        let begun = Instant::now();
        let told = output(program(&broken, &["check"])).await;
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{name} took {:?}",
            begun.elapsed()
        );
        assert!(!told.status.success());
        let links = lines(&told);
        let bad: Vec<_> = links.iter().filter(|link| link["holds"] == false).collect();
        assert_eq!(bad.len(), 1, "{links:?}");
        assert_eq!(bad[0]["code"], code);
        assert!(
            bad[0]["words"].as_str().unwrap().starts_with(words),
            "{links:?}"
        );
    }
    assert_eq!(world.stored().await, 0);
}
