"""`make dev`: the whole service on this machine, until Ctrl-C. Code changes restart what runs it.

PORT=8000 EMULATOR_PORT=4566 PAGE_PORT=5173 make dev
ORIGIN=http://localhost:3000 make dev     for a frontend of your own: it may call, and no page is served
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from .log_view import LogView
from .page import NoPage, page_port, page_program
from .processes import CannotStart, exit_on_signals
from .stack import Running, local_stack

OUTPUTS = Path(".local/outputs.json")

SIGN_IN = """TOKEN=$(curl -s {endpoint}/ \\
  -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' -H 'Content-Type: application/x-amz-json-1.1' \\
  -d '{{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"{client_id}",
       "AuthParameters":{{"USERNAME":"{email}","PASSWORD":"{password}"}}}}' \\
  | {python} -c 'import json,sys; print(json.load(sys.stdin)["AuthenticationResult"]["IdToken"])')"""
CREATE = """PRODUCT=$(curl -s {url}/products -H "Authorization: $TOKEN" -H 'Content-Type: application/json' \\
  -d '{{"title":"Brush set"}}' | {python} -c 'import json,sys; print(json.load(sys.stdin)["id"])')"""
ISSUE = """curl -s {url}/products/$PRODUCT/deliverables/uploads \\
  -H "Authorization: $TOKEN" -H 'Content-Type: application/json' \\
  -d '{{"filename":"brushes.zip","content_type":"application/zip","size":1234}}'"""


def say(text: str) -> None:
    """One line of what is going on."""
    print(f"› {text}", flush=True)


def main() -> int:
    """Run until stopped; returns the exit status."""
    exit_on_signals()
    port, emulator_port = int(os.environ.get("PORT", "8000")), int(os.environ.get("EMULATOR_PORT", "4566"))
    code = _code_state()  # before anything runs it: what is changed from here on is noticed
    try:
        origin = os.environ.get("ORIGIN") or f"http://localhost:{page_port()}"
        with local_stack(port, emulator_port, say, origin) as running, contextlib.ExitStack() as things:
            OUTPUTS.write_text(json.dumps(running.outputs(), indent=2) + "\n")
            try:
                page = page_program(OUTPUTS, running.api.log.with_name("page.log"))
                things.callback(page.stop)
                page.start()
                where = origin
            except (NoPage, CannotStart) as reason:
                print(f"\n!! THE PAGE IS NOT SERVED: {reason}", file=sys.stderr, flush=True)
                where = "not served: see above"
            print(welcome(running, where), flush=True)
            _serve(running, code)
    except CannotStart as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        say("stopped everything")
    finally:
        OUTPUTS.unlink(missing_ok=True)
    return 0


def welcome(running: Running, page: str) -> str:
    """What a developer needs to begin: address, credentials, three commands to paste."""
    stack = running.stack
    values = {
        "url": running.url,
        "endpoint": stack.endpoint,
        "client_id": stack.client_id,
        "email": stack.seller.email,
        "password": stack.seller.password,
        "python": "python3",
    }
    commands = "\n\n".join(text.format(**values) for text in (SIGN_IN, CREATE, ISSUE))
    return f"""
  page       {page}
  API        {running.url}   (described at {running.url}/openapi.json)
  sign in    {stack.seller.email} / {stack.seller.password}   client {stack.client_id}, pool {stack.pool_id}
  AWS        {stack.endpoint}   (keys test/test, region eu-central-1)
  images     get their renditions seconds after confirm, public under {stack.environment["VESTIBULE_MEDIA_URL"]}/
  sweep      runs every hour, as in AWS
  client     vestibule login --stack {OUTPUTS} --email {stack.seller.email}
  logs       are shown here in short; in full: {running.api.log} and {running.pump.log}

  Three commands to paste: sign in, create a product, ask for an upload.

{commands}

  Ctrl-C stops everything.
"""


def _serve(running: Running, seen: dict[Path, int]) -> None:
    """Show the logs as they grow, and restart the programs when their code is no longer as it was `seen`."""
    programs = (running.api, running.pump)
    views, told = _views(running), False
    while True:
        time.sleep(0.3)
        for view in views:
            for line in view.news():
                print(line, flush=True)
        if running.pump.has_ended and not told:
            told = True
            print(f"✗ the pump has ended: see {running.pump.log}. It is started again when the code changes.")
        if (now := _code_state()) != seen:
            seen, told = now, False
            for program in programs:
                program.stop()
            views = _views(running)
            try:
                for program in programs:
                    program.start()
                say("the code changed: restarted the API and the pump")
            except CannotStart as error:
                print(f"✗ the code changed, and the API does not start: {error}", file=sys.stderr)


def _views(running: Running) -> list[LogView]:
    return [LogView(running.api.log), LogView(running.pump.log)]


def _code_state() -> dict[Path, int]:
    files = [
        Path("app.py"),
        Path(".chalice/config.json"),
        *Path("chalicelib").rglob("*.py"),
        *Path("local").glob("*.py"),
    ]
    return {file: file.stat().st_mtime_ns for file in files if file.exists()}


if __name__ == "__main__":
    sys.exit(main())
