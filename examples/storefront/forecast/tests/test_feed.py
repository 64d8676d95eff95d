import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest

from demand.feed import read_sales


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        known = self.path == "/sales"
        status = 503 if self.server.asked <= self.server.failures else 200 if known else 404
        body = b"3\n0\n12\n" if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keeps the report quiet."""


@pytest.fixture
def shop():
    server = HTTPServer(("127.0.0.1", 0), Shop)
    server.asked = server.failures = 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_reads_the_sales(shop):
    assert read_sales(f"{shop.url}/sales") == [3, 0, 12]


def test_waits_for_a_shop_that_is_starting(shop):
    shop.failures = 3
    assert read_sales(f"{shop.url}/sales", wait_s=0.15) == [3, 0, 12]
    assert shop.asked == 4


def test_gives_up_in_the_end(shop):
    shop.failures = 99
    with pytest.raises(HTTPError):
        read_sales(f"{shop.url}/sales", attempts=2, wait_s=0.05)
    assert shop.asked == 2


def test_does_not_ask_again_for_what_is_not_there(shop):
    with pytest.raises(HTTPError):
        read_sales(f"{shop.url}/nothing")
    assert shop.asked == 1
