import Reports

/// The page that renews itself: the report with a script beside it, which swaps what has changed.
enum LivePage {
  /// The whole document; `token` tells this server from the next one on its port. Where the work is over, nothing
  /// renews itself any more.
  static func html(_ page: ReportPage, token: String, isOver: Bool) -> String {
    page.html(
      head: """
        <link rel="icon" href="data:,">
        <noscript><meta http-equiv="refresh" content="5"></noscript>
        <link rel="stylesheet" href="live.css">
        <script src="live.js" defer></script>

        """,
      end: "<p id=\"live\" class=\"live\" role=\"status\" data-token=\"\(token)\""
        + (isOver ? " data-state=\"over\">\(ended)" : ">") + "</p>\n"
        + "<noscript><p class=\"live\">without scripts, renewed every 5 seconds</p></noscript>\n")
  }

  private static let ended = "ended: this page stays as it is"

  /// What the page and whatever it loads may do: only this server's own script, style and events, and the report's
  /// style, by its digest.
  static let policy =
    "default-src 'none'; style-src 'self' \(ReportPage.styleDigest); script-src 'self'; connect-src 'self'; "
    + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  static let style = """
    .live{position:fixed;right:14px;bottom:14px;max-width:calc(100vw - 28px);margin:0;padding:5px 13px;\
    border:1px solid var(--axis);border-radius:99px;background:var(--card);color:var(--quiet);\
    font-size:.85rem;box-shadow:0 1px 6px rgb(0 0 0/.12)}
    .live:empty{display:none}
    .live::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.55em;border-radius:50%;\
    background:var(--axis)}
    .live[data-state=on]::before{background:var(--good)}
    .live[data-state=lost]::before{background:var(--bad)}
    .live[data-state=lost]{color:var(--bad)}
    footer{margin-bottom:44px}
    @media print{.live{display:none}}
    """

  /// Listens to the server's events and swaps the parts of the page that are others than before. Scroll positions,
  /// folded parts, focus and selected text stay as they are; a page that nobody sees lets go of its connection.
  static let script = """
    "use strict";
    (() => {
      const main = document.querySelector("main"), pill = document.getElementById("live");
      let events = null, shown = null, waiting = null, isOver = pill.dataset.state === "over", failures = 0;

      const say = (state, words) => {
        pill.dataset.state = state;
        if (pill.textContent !== words) pill.textContent = words;
      };
      const isSelecting = () => {
        const selection = getSelection();
        return selection && !selection.isCollapsed && main.contains(selection.anchorNode);
      };
      const inside = (part, names) => [...part.querySelectorAll(names)];

      function swap(old, fresh) {
        const folds = inside(old, "details"), scrolls = inside(old, ".scroll, pre").map(e => e.scrollLeft);
        const focus = inside(old, "summary, a").indexOf(document.activeElement);
        inside(fresh, "details").forEach((fold, i) => { if (folds[i]) fold.open = folds[i].open; });
        old.replaceWith(fresh);
        inside(fresh, ".scroll, pre").forEach((e, i) => { e.scrollLeft = scrolls[i] || 0; });
        if (focus >= 0) inside(fresh, "summary, a")[focus]?.focus({ preventScroll: true });
      }

      function renew(html) {
        // Text that somebody is about to copy must not go away under the pointer.
        if (isSelecting()) { waiting = html; return; }
        waiting = null;
        const template = document.createElement("template");
        template.innerHTML = html;
        const parts = [...template.content.children], texts = parts.map(part => part.outerHTML);
        if (!shown || shown.length !== parts.length || main.children.length !== parts.length) {
          const children = [...main.children];
          if (children.length === parts.length) parts.forEach((part, i) => swap(children[i], part));
          else main.replaceChildren(...parts);
        } else {
          [...main.children].forEach((old, i) => { if (texts[i] !== shown[i]) swap(old, parts[i]); });
        }
        shown = texts;
      }

      function close() {
        if (events) events.close();
        events = null;
      }

      function open() {
        if (events || isOver || document.hidden) return;
        events = new EventSource("events");
        events.addEventListener("hello", event => {
          failures = 0;
          if (event.data === pill.dataset.token) return;
          isOver = true;
          close();
          say("lost", "another run answers here now: reload to see it");
        });
        events.addEventListener("page", event => { renew(event.data); say("on", "live"); });
        events.addEventListener("over", event => {
          isOver = true;
          close();
          renew(event.data);
          say("over", "\(ended)");
        });
        events.addEventListener("error", () => {
          if (isOver) return;
          failures += 1;
          // A browser gives up where it got another answer than events, as when too many follow already.
          if (events.readyState === EventSource.CLOSED) {
            close();
            setTimeout(open, 5000);
          }
          if (failures < 20) return say("lost", "connection lost, trying again; this is the last state");
          isOver = true;
          close();
          say("lost", "connection lost: this is the last state");
        });
      }

      document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
      document.addEventListener("selectionchange", () => { if (waiting !== null && !isSelecting()) renew(waiting); });
      open();
    })();

    """
}
