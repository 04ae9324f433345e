"""Keys of another server, fetched over a real socket."""

import socket
import threading
import time

import pytest

from oauth_m2m.keys import fetch
from oauth_m2m.keys.remote_jwks import (
    FIRST_RETRY_SECONDS,
    KEPT_SECONDS,
    RETRY_SECONDS,
    RemoteKeys,
    RemoteKeysUnavailableError,
    forget_remote_keys,
    remote_keys,
)
from tests.jose import private_key
from tests.key_server import KeyServer, jwk


def let_pass(keys: RemoteKeys, seconds: float) -> None:
    keys._fetched_at -= seconds
    keys._tried_at -= seconds


def test_nothing_is_fetched_before_it_is_needed(server: KeyServer):
    remote_keys(server.url)
    assert server.asked == 0


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_published_key_is_found_by_its_kid(server: KeyServer, algorithm):
    server.publish(jwk("ES256", 7), jwk(algorithm))
    found = RemoteKeys(server.url).find(jwk(algorithm)["kid"])
    assert found.algorithm_name == algorithm
    assert found.key == private_key(algorithm).public_key()


def test_newer_name_of_eddsa_is_read_as_the_older_one(server: KeyServer):
    server.publish({**jwk("EdDSA"), "alg": "Ed25519"})
    found = RemoteKeys(server.url).find(jwk("EdDSA")["kid"])
    assert found.algorithm_name == "EdDSA"
    assert found.key == private_key("EdDSA").public_key()


def test_known_key_is_asked_for_once(server: KeyServer):
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    for _ in range(10):
        assert keys.find(jwk()["kid"]) is not None
    assert server.asked == 1


def test_set_is_fetched_again_when_it_is_too_old(server: KeyServer):
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    keys.find(jwk()["kid"])
    let_pass(keys, KEPT_SECONDS - 1)
    keys.find(jwk()["kid"])
    assert server.asked == 1
    let_pass(keys, 2)
    keys.find(jwk()["kid"])
    assert server.asked == 2


def test_withdrawn_key_is_gone_once_the_set_was_fetched_again(server: KeyServer):
    server.publish(jwk(number=1))
    keys = RemoteKeys(server.url)
    assert keys.find(jwk(number=1)["kid"]) is not None
    server.publish(jwk(number=2))
    let_pass(keys, KEPT_SECONDS + 1)
    assert keys.find(jwk(number=1)["kid"]) is None


def test_new_key_of_a_rotation_is_fetched_when_it_is_first_named(server: KeyServer):
    server.publish(jwk(number=1))
    keys = RemoteKeys(server.url)
    keys.find(jwk(number=1)["kid"])
    server.publish(jwk(number=2), jwk(number=1))
    let_pass(keys, RETRY_SECONDS + 1)
    assert keys.find(jwk(number=2)["kid"]) is not None
    assert keys.find(jwk(number=1)["kid"]) is not None
    assert server.asked == 2


def test_invented_kids_cause_one_fetch_in_thirty_seconds(server: KeyServer):
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    keys.find(jwk()["kid"])
    for expected in (1, 2, 3):
        assert all(keys.find(f"invented {number}") is None for number in range(20))
        assert server.asked == expected
        let_pass(keys, RETRY_SECONDS)
        keys.find("invented once more")


def test_last_good_copy_serves_on_while_the_server_is_away(server: KeyServer, caplog):
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    keys.find(jwk()["kid"])
    server.stop()
    let_pass(keys, 10 * KEPT_SECONDS)
    assert keys.find(jwk()["kid"]) is not None
    assert keys.find("another") is None
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"keys of {server.url}: ConnectionRefusedError: ")
    server.start()
    server.publish(jwk(number=2))
    let_pass(keys, RETRY_SECONDS)
    assert keys.find(jwk(number=2)["kid"]) is not None


def test_keys_that_were_never_had_are_unavailable(server: KeyServer):
    server.stop()
    keys = RemoteKeys(server.url)
    for _ in range(10):
        with pytest.raises(RemoteKeysUnavailableError):
            keys.find(jwk()["kid"])
    server.start()
    server.publish(jwk())
    with pytest.raises(RemoteKeysUnavailableError):
        keys.find(jwk()["kid"])
    let_pass(keys, FIRST_RETRY_SECONDS)
    assert keys.find(jwk()["kid"]) is not None
    assert server.asked == 1


def test_server_that_drips_is_given_up(server: KeyServer, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.3)
    server.publish(jwk())
    server.drips = True
    begun = time.monotonic()
    with pytest.raises(RemoteKeysUnavailableError):
        RemoteKeys(server.url).find(jwk()["kid"])
    assert time.monotonic() - begun < 5


def test_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(RemoteKeysUnavailableError):
            RemoteKeys(url).find("a")


def test_others_go_on_with_their_copy_while_one_thread_fetches(server: KeyServer, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 60)
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    keys.find(jwk()["kid"])
    let_pass(keys, KEPT_SECONDS + 1)
    server.drips = True
    fetching = threading.Thread(target=keys.find, args=(jwk()["kid"],))
    fetching.start()
    while server.asked < 2:
        time.sleep(0.01)
    assert keys.find(jwk()["kid"]) is not None
    assert keys.find("unknown") is None
    assert fetching.is_alive()
    server.drips = False
    fetching.join()


def test_threads_that_need_the_first_copy_share_one_fetch(server: KeyServer):
    server.publish(jwk())
    keys = RemoteKeys(server.url)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(keys.find(jwk()["kid"]))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert server.asked == 1


def test_copy_belongs_to_the_process_until_it_is_forgotten(server: KeyServer):
    kept = remote_keys(server.url)
    assert remote_keys(server.url) is kept
    assert remote_keys(server.url + "?another") is not kept
    forget_remote_keys()
    assert remote_keys(server.url) is not kept
