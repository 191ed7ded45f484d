//! The machine, the database and the web server, told as their exporters tell them.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Router, response::Html};
use http_body_util::BodyExt as _;
use observe::collectors::{Config, Mysql, Nginx, Paths, router};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// What `/collectors/{page}` answers.
async fn page(config: Config, page: &str) -> (StatusCode, String) {
    let request = Request::get(format!("/collectors/{page}")).body(Body::empty()).unwrap();
    let response = router(config).oneshot(request).await.unwrap();
    let status = response.status();
    if status == StatusCode::OK {
        assert_eq!(
            response.headers()["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn samples(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

fn has(page: &str, lines: &[&str]) {
    for line in lines {
        assert!(page.lines().any(|found| found == *line), "no `{line}` in\n{page}");
    }
}

/// A machine of files.
fn machine(root: &Path, files: &[(&str, &str)]) -> Config {
    for (file, text) in files {
        let file = root.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    Config {
        paths: Paths {
            procfs: root.join("proc"),
            sysfs: root.join("sys"),
            rootfs: root.to_owned(),
        },
        ..Config::default()
    }
}

#[tokio::test]
async fn processors_memory_and_disks_are_told_in_base_units() {
    let root = tempfile::tempdir().unwrap();
    let config = machine(
        root.path(),
        &[
            (
                "proc/stat",
                "cpu  300 0 0 0 0 0 0 0 0 0\ncpu0 100 1 50 2000 25 0 3 4 10 0\ncpu3 200 0 0 0 0 0 0 0 0 0\n\
                 intr 99 1 2 3\nctxt 12345\nbtime 1795506159\nprocesses 77\nprocs_running 2\nprocs_blocked 1\n",
            ),
            ("proc/loadavg", "1.15 0.99 0.54 2/105 4711\n"),
            (
                "proc/meminfo",
                "MemTotal:       24669400 kB\nActive(anon):        10 kB\nHugePages_Total:       3\n",
            ),
            (
                "proc/vmstat",
                "nr_free_pages 5\npgfault 6\noom_kill 1\npgscan_direct 9\n",
            ),
            (
                "proc/diskstats",
                " 254  0 vda 10 2 16 500 20 3 32 1500 1 2500 3000 4 5 6 7000 8 9000\n 254 1 vda1 1 1 1 1 1 1 1 1 1 1 1\n   \
                 8  0 sda 1 0 2 4 0 0 0 0 0 4 4\n",
            ),
            (
                "run/udev/data/b8:0",
                "S:disk\nE:ID_MODEL=Fast \"1\"\nE:ID_SERIAL_SHORT=S9\nE:ID_FS_TYPE=ext4\n",
            ),
            ("proc/sys/fs/file-nr", "882\t0\t2466165\n"),
            (
                "proc/pressure/cpu",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n",
            ),
        ],
    );
    let (_, page) = page(config, "node").await;
    has(
        &page,
        &[
            "# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.",
            "# TYPE node_cpu_seconds_total counter",
            "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 20",
            "node_cpu_seconds_total{cpu=\"3\",mode=\"user\"} 2",
            "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"} 0.1",
            "node_intr_total 99",
            "node_context_switches_total 12345",
            "node_boot_time_seconds 1795506159",
            "node_procs_blocked 1",
            "node_load15 0.54",
            "node_memory_MemTotal_bytes 25261465600",
            "node_memory_Active_anon_bytes 10240",
            "node_memory_HugePages_Total 3",
            "# TYPE node_vmstat_pgfault untyped",
            "node_vmstat_oom_kill 1",
            "node_disk_read_bytes_total{device=\"vda\"} 8192",
            "node_disk_write_time_seconds_total{device=\"vda\"} 1.5",
            "node_disk_io_now{device=\"vda\"} 1",
            "node_disk_flush_requests_time_seconds_total{device=\"vda\"} 9",
            "node_disk_reads_completed_total{device=\"sda\"} 1",
            "node_disk_info{device=\"sda\",major=\"8\",minor=\"0\",path=\"\",wwn=\"\",model=\"Fast \\\"1\\\"\",serial=\"S9\",revision=\"\"} 1",
            "node_disk_filesystem_info{device=\"sda\",type=\"ext4\",usage=\"\",uuid=\"\",version=\"\"} 1",
            "node_filefd_maximum 2466165",
            "node_pressure_cpu_waiting_seconds_total 2.5",
        ],
    );
    for absent in [
        "vda1",
        "pgscan",
        "nr_free",
        "cpu=\"\"",
        "node_disk_discards_completed_total{device=\"sda\"}",
    ] {
        assert!(!page.contains(absent), "{absent} in\n{page}");
    }
}

#[tokio::test]
async fn the_network_is_told_by_device_and_by_protocol() {
    let root = tempfile::tempdir().unwrap();
    let net = "sys/class/net";
    let files = [
        (
            "proc/net/dev".to_owned(),
            "Inter-|   Receive                                                |  Transmit\n face |bytes packets errs\n  \
             eth0: 100 2 0 1 0 0 0 3 200 4 0 0 0 0 5 0\n",
        ),
        (format!("{net}/eth0/operstate"), "up\n"),
        (format!("{net}/eth0/address"), "02:fc:00:00:00:01\n"),
        (format!("{net}/eth0/speed"), "1000\n"),
        (format!("{net}/eth0/flags"), "0x1003\n"),
        (format!("{net}/eth0/carrier_changes"), "2\n"),
        (format!("{net}/eth0/statistics/rx_nohandler"), "6\n"),
        (format!("{net}/bonding_masters"), "\n"),
        (
            "proc/net/netstat".to_owned(),
            "TcpExt: SyncookiesSent ListenDrops TW\nTcpExt: 1 2 3\nIpExt: InOctets\nIpExt: 9\n",
        ),
        (
            "proc/net/snmp".to_owned(),
            "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: CurrEstab\nTcp: 5\n",
        ),
        ("proc/net/snmp6".to_owned(), "Udp6InErrors   4\nIp6InDelivers 8\n"),
        (
            "proc/net/sockstat".to_owned(),
            "sockets: used 51\nTCP: inuse 16 orphan 0 tw 10 alloc 16 mem 2\n",
        ),
        ("proc/net/softnet_stat".to_owned(), "000000ff 00000002 00000001\n"),
        (
            "proc/net/udp".to_owned(),
            "  sl  local_address rem_address   st tx_queue rx_queue\n   1: 0100007F:0035 00000000:0000 07 00000010:00000020 0\n",
        ),
        (
            "proc/net/arp".to_owned(),
            "IP address HW type Flags HW address Mask Device\n192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0\n",
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), *text)).collect();
    let (_, page) = page(machine(root.path(), &files), "node").await;
    has(
        &page,
        &[
            "node_network_receive_bytes_total{device=\"eth0\"} 100",
            "node_network_receive_multicast_total{device=\"eth0\"} 3",
            "node_network_receive_nohandler_total{device=\"eth0\"} 6",
            "node_network_transmit_colls_total{device=\"eth0\"} 0",
            "node_network_transmit_carrier_total{device=\"eth0\"} 5",
            "node_network_speed_bytes{device=\"eth0\"} 125000000",
            "node_network_flags{device=\"eth0\"} 4099",
            "# TYPE node_network_carrier_changes_total counter",
            "node_network_up{device=\"eth0\"} 1",
            "node_network_info{device=\"eth0\",address=\"02:fc:00:00:00:01\",broadcast=\"\",duplex=\"\",operstate=\"up\",ifalias=\"\"} 1",
            "# HELP node_netstat_TcpExt_ListenDrops Statistic TcpExtListenDrops.",
            "node_netstat_TcpExt_SyncookiesSent 1",
            "node_netstat_IpExt_InOctets 9",
            "node_netstat_Ip_Forwarding 1",
            "node_netstat_Udp6_InErrors 4",
            "node_sockstat_sockets_used 51",
            "node_sockstat_TCP_tw 10",
            "node_softnet_processed_total{cpu=\"0\"} 255",
            "node_udp_queues{queue=\"rx\",ip=\"v4\"} 32",
            "node_arp_entries{device=\"eth0\"} 1",
        ],
    );
    for absent in ["bonding_masters", "DefaultTTL", "TcpExt_TW", "InDelivers"] {
        assert!(!page.contains(absent), "{absent} in\n{page}");
    }
}

#[tokio::test]
async fn a_collector_that_fails_says_so_and_leaves_the_others_alone() {
    let root = tempfile::tempdir().unwrap();
    let config = machine(
        root.path(),
        &[
            ("proc/loadavg", "many\n"),
            ("proc/meminfo", "MemFree: 1 kB\n"),
            ("etc/os-release", "ID=arch\nNAME='Arch Linux'\n"),
        ],
    );
    let (status, page) = page(config, "node").await;
    assert_eq!(status, StatusCode::OK);
    has(
        &page,
        &[
            "node_memory_MemFree_bytes 1024",
            "node_scrape_collector_success{collector=\"meminfo\"} 1",
            "node_scrape_collector_success{collector=\"loadavg\"} 0",
            "node_scrape_collector_success{collector=\"cpu\"} 0",
            "node_os_info{build_id=\"\",id=\"arch\",id_like=\"\",image_id=\"\",image_version=\"\",name=\"Arch Linux\",pretty_name=\"\",variant=\"\",variant_id=\"\",version=\"\",version_codename=\"\",version_id=\"\"} 1",
        ],
    );
    assert!(!page.contains("node_os_version"), "a rolling release has none");
}

#[tokio::test]
async fn mounted_file_systems_are_told_with_their_sizes() {
    let root = tempfile::tempdir().unwrap();
    let here = root.path().to_str().unwrap().to_owned();
    let mounts = format!(
        "/dev/vda {here} ext4 rw,relatime 0 0\n/dev/vdb {here}/gone ext4 ro 0 0\nproc {here}/proc proc rw 0 0\n\
         /dev/vda {here} ext4 rw,relatime 0 0\n/dev/vdc /elsewhere ext4 rw 0 0\n"
    );
    let config = machine(root.path(), &[("proc/1/mounts", &mounts)]);
    let (_, page) = page(config, "node").await;
    let about = |device: &str| -> Vec<&str> {
        let mut lines = samples(&page);
        lines.retain(|line| line.contains(&format!("device=\"{device}\"")));
        lines
    };
    assert_eq!(about("/dev/vda").len(), 7, "{page}");
    assert!(about("/dev/vda").iter().all(|line| line.contains("mountpoint=\"/\"")));
    assert_eq!(
        about("/dev/vdb"),
        ["node_filesystem_device_error{device=\"/dev/vdb\",mountpoint=\"/gone\",fstype=\"ext4\"} 1"]
    );
    assert!(about("proc").is_empty() && about("/dev/vdc").is_empty());
}

#[tokio::test]
async fn the_page_of_stub_status_is_told_as_the_exporter_tells_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let status =
        "Active connections: 3 \nserver accepts handled requests\n 10 9 50 \nReading: 0 Writing: 1 Waiting: 2 \n";
    let nginx = Router::new()
        .route("/stub_status", get(move || async move { status }))
        .route("/", get(|| async { Html("<html>") }));
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move {
            axum::serve(listener, nginx)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await
        }
    });
    let at = |path: &str| Config {
        nginx: Some(Nginx::new(&format!("http://{address}{path}")).unwrap()),
        ..Config::default()
    };
    let (_, told) = page(at("/stub_status"), "nginx").await;
    has(
        &told,
        &[
            "# TYPE nginx_connections_accepted counter",
            "# TYPE nginx_connections_active gauge",
        ],
    );
    assert_eq!(
        samples(&told),
        [
            "nginx_connections_accepted 10",
            "nginx_connections_active 3",
            "nginx_connections_handled 9",
            "nginx_connections_reading 0",
            "nginx_connections_waiting 2",
            "nginx_connections_writing 1",
            "nginx_http_requests_total 50",
            "nginx_up 1",
        ]
    );
    let (status, told) = page(at("/"), "nginx").await;
    assert_eq!((status, samples(&told)), (StatusCode::OK, vec!["nginx_up 0"]));
    stop.cancel();
    serving.await.unwrap().unwrap();
    assert_eq!(samples(&page(at("/stub_status"), "nginx").await.1), ["nginx_up 0"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_down_and_not_an_error() {
    // Bound and never listening: nobody else gets the port meanwhile.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("mysql://shop:secret@{}", nobody.local_addr().unwrap());
    let config = Config {
        mysql: Some(Mysql::new(&url).unwrap()),
        ..Config::default()
    };
    let (status, page) = page(config, "mysql").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        samples(&page),
        [
            "mysql_exporter_last_scrape_error 1",
            "mysql_exporter_scrapes_total 1",
            "mysql_up 0"
        ]
    );
}

#[tokio::test]
async fn what_is_not_configured_is_not_there() {
    for name in ["mysql", "nginx"] {
        assert_eq!(page(Config::default(), name).await.0, StatusCode::NOT_FOUND);
    }
    let wrong = Mysql::new("postgres://shop:secret@db").unwrap_err().to_string();
    assert!(wrong.contains("mysql://") && !wrong.contains("secret"), "{wrong}");
}
