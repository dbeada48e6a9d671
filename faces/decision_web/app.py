"""The web application: routes, and what each answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from decision_log import DecisionLog, DecisionLogError
from decision_log.reports.page.report import report_html
from decision_web.acting import Refused, act, undo
from decision_web.desk import Desk
from decision_web.detail import read_detail
from decision_web.live import Changes, shown_counts
from decision_web.pages import assets, render
from decision_web.queue import LISTS, after, listed_item, read_queue
from decision_web.security import Guard, Keys

_FORM = "application/x-www-form-urlencoded"

LONGEST_QUERY = 200
LONGEST_FORM = 16_384


class Work:
    """The pages of one log.

    Parameters
    ----------
    log : DecisionLog
        Open; it holds no file between two requests.
    keys : Keys
        Secrets of this run.
    """

    def __init__(self, log: DecisionLog, keys: Keys) -> None:
        self._desk = Desk(log)
        self._keys = keys
        self.changes = Changes(self._desk)

    def work(self, request: Request) -> Response:
        """Show the queue and the selected item."""
        return self._page(request.query_params, seen=request.headers.get("x-seen", ""))

    def report(self, _: Request) -> Response:
        """Show the page of the last seven days, as ``decision-log report`` writes it."""
        desk = self._desk
        with desk.use() as log:
            page = desk.answers.get("report", lambda: report_html(log))
        return HTMLResponse(page)

    def static(self, request: Request) -> Response:
        """Return a style sheet or the script."""
        found = assets().get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("No such file.\n", 404)
        return Response(found[0], media_type=found[1])

    async def events(self, _: Request) -> Response:
        """Tell an open page of each change."""
        return StreamingResponse(self.changes.follow(), media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        """Record what a form says, then show the next item."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        return await run_in_threadpool(self._act, form)

    async def undo(self, request: Request) -> Response:
        """Take back what was recorded last."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        done = await run_in_threadpool(undo, self._desk)
        return _to(form.get("list", ""), done.item_id if done else form.get("at", ""))

    async def _form(self, request: Request) -> dict[str, str] | Response:
        if request.headers.get("content-type", "").partition(";")[0] != _FORM:
            return PlainTextResponse("A form is expected.\n", 415)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                return PlainTextResponse("This form is too long.\n", 413)
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
        except ValueError:
            return PlainTextResponse("This form cannot be read.\n", 400)
        if not self._keys.check_form(form.get("form_token")):
            return PlainTextResponse(
                "This page is from an earlier run of the server. Load it again.\n", 403
            )
        return form

    def _act(self, form: Mapping[str, str]) -> Response:
        desk, name = self._desk, form.get("list", "next")
        identifier = form.get("id", "").replace("\r\n", "\n")  # browsers send line ends so
        query = form.get("q", "")[:LONGEST_QUERY]
        items = read_queue(desk, name if name in LISTS else "next", query).items
        detail = read_detail(desk, identifier)
        if detail is None:
            return self._page(
                QueryParams(list=name), problem="There is no such decision.", status=404
            )
        try:
            desk.done = act(desk, detail, form)
        except Refused as refused:
            asked = QueryParams({"list": name, "at": identifier, "q": query})
            amount = form.get("revenue", "")[:20] if refused.confirm else ""
            return self._page(asked, problem=str(refused), confirm=amount, status=422)
        return _to(name, identifier if query else after(items, identifier), query)

    def _page(
        self,
        asked: Mapping[str, str],
        *,
        problem: str = "",
        confirm: str = "",
        status: int = 200,
        seen: str = "",
    ) -> Response:
        desk = self._desk
        try:
            with desk.reading(seen):
                shown = self._shown(asked)
        except DecisionLogError as error:
            return HTMLResponse(render("problem.html", message=str(error)), 503)
        if shown["detail"] is None and shown["chosen"] and not problem:
            problem, status = "There is no such decision or opportunity.", 404
        page = render(
            "work.html",
            **shown,
            lists=LISTS,
            date=f"{desk.log.moment().astimezone(desk.log.settings.zone):%A %-d %B}",
            done=desk.done,
            form_token=self._keys.form,
            problem=problem,
            confirm=confirm,
            capacity=desk.log.settings.capacity_per_day,
        )
        return HTMLResponse(page, status)

    def _shown(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Read what a page shows of the log."""
        desk, name = self._desk, asked.get("list", "next")
        query = asked.get("q", "").strip()[:LONGEST_QUERY]
        queue = read_queue(desk, name if name in LISTS else "next", query)
        chosen = asked.get("at", "") or (queue.items[0].id if queue.items else "")
        detail = read_detail(desk, chosen) if chosen else None
        return {
            "queue": queue,
            "chosen": chosen,
            "detail": detail,
            "now": None if detail is None else listed_item(desk, detail.id),
            "today": shown_counts(desk.counts()),
        }


def build_app(log: DecisionLog, keys: Keys) -> Starlette:
    """Return the application of one log."""
    work = Work(log, keys)
    app = Starlette(
        routes=[
            Route("/", work.work),
            Route("/report", work.report),
            Route("/events", work.events),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/static/{name}", work.static),
            Route("/act", work.act, methods=["POST"]),
            Route("/undo", work.undo, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, keys=keys)],
    )
    app.state.changes = work.changes
    return app


def _to(name: str, identifier: str, query: str = "") -> Response:
    """Lead to a page by GET, so that loading it again records nothing again."""
    asked = {"list": name if name in LISTS else "next", "q": query, "at": identifier}
    words = urlencode({key: value for key, value in asked.items() if value})
    return RedirectResponse(f"/?{words}#detail", 303)
