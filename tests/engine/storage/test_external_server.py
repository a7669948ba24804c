"""A server that is not ours: several hosts, TLS that is checked, a schema of its own."""

import datetime as dt
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pxbin_engine import Engine
from pxbin_engine.config import load_config
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.storage.postgres import control
from pxbin_engine.storage.postgres.cluster import Cluster
from pxbin_engine.storage.postgres.endpoint import LOOPBACK, Endpoint
from tests.support.engine_process import free_port
from tests.support.postgres import make_home, postgres_bin


def make_certificate(folder: Path, common_name: str) -> tuple[Path, Path]:
    """A self-signed certificate for ``localhost`` and 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / f"{common_name}.crt", folder / f"{common_name}.key"
    crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem.touch(mode=0o600)
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return crt, pem


@dataclass(frozen=True)
class TlsServer:
    """A PostgreSQL 17 with TLS on a port of the loopback."""

    login: str
    port: int
    root: Path
    foreign_root: Path

    def url(self, hosts: str = "", **options: str) -> str:
        """Its address; ``hosts`` in place of its own."""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"postgresql://{self.login}@{hosts or f'127.0.0.1:{self.port}'}/postgres?{query}"


@pytest.fixture(scope="module")
def server() -> Iterator[TlsServer]:
    home, port = make_home(), free_port()
    certificate, key = make_certificate(home, "server")
    foreign, _ = make_certificate(home, "foreign")
    settings = {
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
        "fsync": "off",
    }
    cluster = Cluster(
        home / "pg", settings=settings, environment={"PXBIN_PG_BIN": str(postgres_bin("17"))}
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(control, "choose_endpoint", lambda *_, **__: Endpoint(LOOPBACK, port))
            login = urlsplit(cluster.start()).netloc.rpartition("@")[0]
        yield TlsServer(login, port, certificate, foreign)
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


async def opened(url: str, tmp_path: Path, schema: str = "pxbin_test") -> Engine:
    engine = Engine(load_config({}, database_url=url, database_schema=schema, data_dir=tmp_path))
    await engine.open()
    return engine


async def test_the_certificate_and_the_name_are_checked(server: TlsServer, tmp_path: Path) -> None:
    engine = await opened(server.url(sslmode="verify-full", sslrootcert=str(server.root)), tmp_path)
    try:
        row = await engine._database.fetch_one(
            "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
        )
        assert row is not None
        assert row["ssl"]
    finally:
        await engine.close()


async def test_a_certificate_of_somebody_else_is_refused(server: TlsServer, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        await opened(
            server.url(sslmode="verify-full", sslrootcert=str(server.foreign_root)), tmp_path
        )


async def test_a_dead_host_is_passed_over_for_one_that_writes(
    server: TlsServer, tmp_path: Path
) -> None:
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{server.port}"
    url = server.url(
        hosts, sslmode="require", target_session_attrs="read-write", connect_timeout="2"
    )
    engine = await opened(url, tmp_path)
    try:
        await engine.keys.create("llm", "laptop")
        assert [key.name for key in await engine.keys.list()] == ["laptop"]
    finally:
        await engine.close()


async def test_all_of_it_is_in_its_own_schema(server: TlsServer, tmp_path: Path) -> None:
    """A shared cluster: nothing of pxbin may stand in ``public``."""
    await (await opened(server.url(sslmode="require"), tmp_path, "only_here")).close()
    context = ssl.create_default_context(cafile=str(server.root))
    connection = await asyncpg.connect(server.url(), ssl=context)
    try:
        sql = "select table_schema from information_schema.tables where table_name = 'upstreams'"
        schemas = {row["table_schema"] for row in await connection.fetch(sql)}
    finally:
        await connection.close()
    assert "only_here" in schemas
    assert "public" not in schemas
