"""The test images behave as the official image does, in the ways that other tests rely on."""

import gzip

import pytest

from tests.docker_engine import MAJORS, StartPostgres

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("major", MAJORS)
def test_first_start_prepares_the_database(postgres_container: StartPostgres, major: int) -> None:
    server = postgres_container(
        major,
        env={"POSTGRES_USER": "teacher", "POSTGRES_DB": "student tracker", "POSTGRES_PASSWORD": "it's \\ $x"},
        files={
            "/docker-entrypoint-initdb.d/1.sql": "CREATE TABLE note AS SELECT 'sql' AS text;",
            "/docker-entrypoint-initdb.d/2.sql.gz": gzip.compress(b"INSERT INTO note VALUES ('gz');"),
            "/docker-entrypoint-initdb.d/3.sh": (
                "#!/bin/bash\n"
                'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO note VALUES (\'sh\')"\n'
            ),
        },
    )

    assert server.psql("SELECT text FROM note ORDER BY text") == "gz\nsh\nsql"
    assert server.psql("SELECT current_user || '/' || current_database()") == "teacher/student tracker"
    assert int(server.psql("SHOW server_version_num")) // 10000 == major
    assert server.run("tail", "-n", "1", "/var/lib/postgresql/data/pg_hba.conf").split() == [
        *("host", "all", "all", "all", "scram-sha-256")
    ]


@pytest.mark.parametrize("major", MAJORS)
def test_the_server_is_process_1(postgres_container: StartPostgres, major: int) -> None:
    server = postgres_container(major)

    assert server.run("cat", "/proc/1/cmdline").split("\0")[0] == "postgres"
    assert server.run("stat", "-c", "%U", "/proc/1").strip() == "postgres"

    server.container.stop(timeout=30)
    server.container.wait(timeout=30)
    assert "received fast shutdown request" in server.logs()
    server.container.start()
    server.wait_ready()
    assert server.psql("SELECT 1") == "1"


@pytest.mark.parametrize("major", MAJORS)
def test_wal_reaches_the_archive_volume(postgres_container: StartPostgres, major: int) -> None:
    server = postgres_container(major, archive="/archive", backups="/backup")

    server.base_backup("/backup/base")
    segment = server.archive_wal()

    assert segment in server.run("ls", "/archive").split()
    assert "backup_manifest" in server.run("ls", "/backup/base").split()


@pytest.mark.parametrize("major", MAJORS)
def test_no_password_no_cluster(postgres_container: StartPostgres, major: int) -> None:
    server = postgres_container(major, env={"POSTGRES_PASSWORD": ""}, wait=False)

    assert server.container.wait(timeout=30)["StatusCode"] == 1
    assert "superuser password is not specified" in server.logs()
