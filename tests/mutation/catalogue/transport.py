"""Mutants of the runtime's sending, repeating and reading within size and time."""

from __future__ import annotations

from .mutant import Mutant

TRANSMIT = "jobclients_core/transmit.py"
TRANSPORTS = "jobclients_core/transports.py"
RETRIES = "jobclients_core/retries.py"
FAILURES = "jobclients_core/failures.py"
CLIENT = "jobclients_core/client.py"
BASE = "jobclients_core/base.py"

SENT = "            response = transport.handle_request(send.request, sending)\n"
SENT_ASYNC = "            response = await transport.handle_request(send.request, sending)\n"
FOLLOW = """
            if "location" in response.headers:
                place = httpx2.URL(send.request.origin + send.request.target).join(response.headers["location"])
                host = place.netloc.decode()
                kept = [pair for pair in send.request.headers if pair[0].lower() not in {dropped}]
                request = type(send.request)(
                    send.request.method,
                    f"{{place.scheme}}://{{host}}",
                    place.raw_path.decode(),
                    (("Host", host), *kept),
                    send.request.content,
                )
"""
FOLLOW_SYNC = (
    SENT + FOLLOW[1:] + "                response.source.close()\n    " + SENT.replace("send.request", "request")
)
FOLLOW_ASYNC = (
    SENT_ASYNC
    + FOLLOW[1:]
    + "                await response.source.aclose()\n    "
    + SENT_ASYNC.replace("send.request", "request")
)
FINALLY = "            finally:\n"
READ = """                for chunk in decoded(response, body.arrived):
                    body.add(chunk)
            finally:
"""
TRUSTING = "    if isinstance(options.cert, str):\n"
CREDENTIALS = '("host", "token", "authorization", "x-auth-token", "x-security-token", "x-sdk-date")'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "transport/redirect-with-token",
        "A redirect is followed, and the token goes to whatever host it names.",
        TRANSMIT,
        SENT,
        FOLLOW_SYNC.format(dropped='("host",)'),
    ),
    Mutant(
        "transport/redirect",
        "A redirect is followed, without the token, so that a login page takes the place of a response.",
        TRANSMIT,
        SENT,
        FOLLOW_SYNC.format(dropped=CREDENTIALS),
    ),
    Mutant(
        "transport/async-redirect-with-token",
        "The async client follows a redirect, and the token goes to whatever host it names.",
        TRANSMIT,
        SENT_ASYNC,
        FOLLOW_ASYNC.format(dropped='("host",)'),
    ),
    Mutant(
        "transport/size-cap",
        "A compressed answer that expands without end fills the memory.",
        TRANSMIT,
        "if self._size > self._cap:",
        "if False:",
    ),
    Mutant(
        "transport/deadline",
        "A server that sends a byte of its header now and then holds a sync call for ever.",
        TRANSMIT,
        "with deadline_of_this_call(end), _quiet():",
        "with _quiet():",
    ),
    Mutant(
        "transport/async-deadline",
        "A server that sends a byte of its header now and then holds an async call for ever.",
        TRANSMIT,
        "with _quiet(), anyio.fail_after(end - time.monotonic()):",
        "with _quiet(), anyio.fail_after(None):",
    ),
    Mutant(
        "transport/timeout-option",
        "The timeout that was given is not used: a silent server holds a call for a minute.",
        "jobclients_core/calls.py",
        "end = session.clock.monotonic() + options.timeout",
        "end = session.clock.monotonic() + 60.0",
    ),
    Mutant(
        "transport/connect-timeout",
        "The time for one connection is not bounded by the option of that name.",
        TRANSMIT,
        "connect = min(options.connect_timeout, left)",
        "connect = left",
    ),
    Mutant(
        "transport/cut-short",
        "A response that ended early is taken for whole.",
        TRANSMIT,
        READ,
        READ[: -len(FINALLY)]
        + "            except __import__('httpcore2').RemoteProtocolError:\n                pass\n"
        + FINALLY,
    ),
    Mutant(
        "transport/broken-encoding",
        "A response whose compression is broken is taken for empty.",
        TRANSMIT,
        READ,
        READ[: -len(FINALLY)] + "            except httpx2.DecodingError:\n                pass\n" + FINALLY,
    ),
    Mutant(
        "transport/swallowed",
        "A refused connection passes for an empty success.",
        TRANSMIT,
        "                response.source.close()\n    except TransportError:\n        raise\n    except Exception as error:\n",
        "                response.source.close()\n    except TransportError:\n        raise\n    except __import__('httpcore2').ConnectError:\n"
        '        return HttpResponse(200, httpx2.Headers({"content-type": "application/json"}), b"{}")\n'
        "    except Exception as error:\n",
    ),
    Mutant(
        "transport/connection-leak",
        "A connection whose response was not read to its end is never given back.",
        TRANSMIT,
        '["network_stream"].close()\n                response.source.close()\n',
        '["network_stream"].close()\n',
    ),
    Mutant(
        "transport/trailing-data",
        "What a server sends behind its response is taken for the response of the next call.",
        TRANSMIT,
        "                if has_trailing_data(response.source):\n                    response",
        "                if False:\n                    response",
    ),
    Mutant(
        "transport/async-untranslated",
        "A lost connection of an async call is reported as something unexpected, and not tried again.",
        TRANSMIT,
        "                    await response.source.aclose()\n    except TransportError:\n        raise\n"
        "    except Exception as error:\n",
        "                    await response.source.aclose()\n    except (TransportError, __import__('httpcore2').NetworkError):\n        raise\n"
        "    except Exception as error:\n",
    ),
    Mutant(
        "transport/logged-token",
        "With logging at DEBUG, the token is in the log.",
        TRANSMIT,
        "return not _in_call.get()",
        "return True",
    ),
    Mutant(
        "transport/refused-is-tls",
        "A refused connection is reported as a failure of TLS, which is not tried again.",
        FAILURES,
        'return ConnectFailed(f"no connection to {origin}: {text}", operation=operation)',
        'return TlsFailed(f"no connection to {origin}: {text}", operation=operation)',
    ),
    Mutant(
        "transport/tls-is-refused",
        "A certificate that is not trusted is reported as a refused connection, and tried again.",
        FAILURES,
        "if isinstance(cause, ssl.SSLError):",
        "if False:",
    ),
    Mutant(
        "transport/tls-unverified",
        "Any certificate is good enough: whoever is in between reads the token.",
        TRANSPORTS,
        TRUSTING,
        "    context.check_hostname = False\n    context.verify_mode = ssl.CERT_NONE\n" + TRUSTING,
    ),
    Mutant(
        "transport/tls-unverified-by-default",
        "Certificates are looked at only where the caller says which are trusted.",
        TRANSPORTS,
        "httpx2.create_ssl_context(verify=verify,",
        "httpx2.create_ssl_context(verify=verify is not True and verify,",
    ),
    Mutant(
        "transport/tls-any-name",
        "A trusted certificate of another server passes for that of the vendor.",
        TRANSPORTS,
        TRUSTING,
        "    context.check_hostname = False\n" + TRUSTING,
    ),
    Mutant(
        "transport/timeout-is-lost",
        "A read that took too long is reported as a lost connection.",
        FAILURES,
        "        return timed_out(operation)\n    if isinstance(error, _NO_CONNECTION",
        '        return _connection_lost("late", operation, origin)\n    if isinstance(error, _NO_CONNECTION',
    ),
    Mutant(
        "transport/lost-is-protocol",
        "A connection that broke off is reported as invalid HTTP.",
        FAILURES,
        'if any(word in text for word in ("disconnected", "closed connection")):',
        "if False:",
    ),
    Mutant(
        "transport/cause",
        "A failure of the transport does not say what caused it.",
        FAILURES,
        "failure.__cause__ = type(error)(_unquoted(error)) if quoting else error",
        "failure.__cause__ = None",
    ),
    Mutant(
        "transport/retry-after",
        "What the vendor asks to wait is not waited.",
        RETRIES,
        "    if asked is not None:\n        return asked\n",
        "",
    ),
    Mutant(
        "transport/repeat-anything",
        "Any call is sent again after a transient failure, also one that may have started a job.",
        RETRIES,
        "return repeatable or (isinstance(failure, TransportError) and not failure.sent)",
        "return True",
    ),
    Mutant(
        "transport/repeat-nothing-unsent",
        "A submission for which no connection came about is not tried again.",
        RETRIES,
        "return repeatable or (isinstance(failure, TransportError) and not failure.sent)",
        "return repeatable",
    ),
    Mutant(
        "transport/repeat-final",
        "Failures that will not go by are tried again.",
        RETRIES,
        "    if not failure.transient:\n        return False\n",
        "",
    ),
    Mutant(
        "transport/no-repetition",
        "Nothing is tried again.",
        RETRIES,
        "if self._repeated < self._retries and may_repeat",
        "if self._repeated > self._retries and may_repeat",
    ),
    Mutant(
        "transport/one-repetition-more",
        "A call is tried once more than the option says.",
        RETRIES,
        "if self._repeated < self._retries and may_repeat",
        "if self._repeated <= self._retries and may_repeat",
    ),
    Mutant(
        "transport/no-backoff",
        "Failed calls are sent again at once, all at the same time.",
        RETRIES,
        "return random() * ceiling",
        "return 0.0",
    ),
    Mutant(
        "transport/backoff-beyond-deadline",
        "A Retry-After of an hour holds a call whose timeout is a minute.",
        RETRIES,
        "if self._clock.monotonic() + delay < self._deadline:",
        "if True:",
    ),
    Mutant(
        "transport/observer",
        "An observer that fails makes the call fail.",
        "jobclients_core/observe.py",
        '    except Exception:\n        logger.exception("the observer of %s failed", event.vendor)\n',
        "    except ZeroDivisionError:\n        pass\n",
    ),
    Mutant(
        "transport/client-in-repr",
        "Printing a client shows its token.",
        BASE,
        "{self._session.vendor.name} {self._session.base.origin}>",
        "{self._session.vendor.name} {self._session.auth.secrets()}>",
    ),
    Mutant(
        "transport/token-in-frames",
        "Tools that report errors with the variables of their frames show the token.",
        BASE,
        "raise error.with_traceback(None)",
        "return",
    ),
    Mutant(
        "transport/token-in-log",
        "The client's own log line holds the headers of the request.",
        BASE,
        "                session.account,\n                step.request.method,",
        '                f"{session.account} {step.request.headers}",\n                step.request.method,',
    ),
    Mutant(
        "transport/async-sleeps-not",
        "The async client asks again and again without a pause.",
        CLIENT,
        "await anyio.sleep(0 if pause is not None else step.seconds)",
        "await anyio.sleep(0)",
    ),
    Mutant(
        "transport/async-no-json",
        "The async client gives the body's bytes in place of its type.",
        CLIENT,
        "return (await self.send(call)).body",
        "return (await self.send(call)).content",
    ),
    Mutant(
        "transport/keys-logged",
        "With certificates of the caller's own, session keys are written where the environment says.",
        TRANSPORTS,
        "    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n",
        "    context = ssl.create_default_context()\n",
    ),
    Mutant(
        "transport/environment-trusted-by-proxy",
        "Whom to trust as a proxy, and where session keys go, the environment says.",
        TRANSPORTS,
        "httpx2.create_ssl_context(trust_env=False)",
        "httpx2.create_ssl_context(trust_env=True)",
    ),
)
