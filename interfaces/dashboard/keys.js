// Keys of the inbox that Streamlit keeps for itself or does not know: Enter, r, ? and the way into the reason of a mute.
// They press buttons of the page that is shown, and do nothing where there are none.
(() => {
  const doc = document;
  if (doc.vedetteKeys) return;
  doc.vedetteKeys = true;
  const buttons = { Enter: "inbox_open", r: "inbox_right", "?": "inbox_help" };
  const find = (key) => doc.querySelector(`.st-key-${key} button:not([disabled])`);
  const into = (tries) => {
    const field = doc.querySelector(".st-key-inbox_mute_reason input");
    if (field) field.focus();
    else if (tries) setTimeout(() => into(tries - 1), 100);
  };
  doc.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target;
    const writes = at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName);
    if (writes || !find("inbox_open")) return;
    if (event.key === "m") return into(30);
    // Enter on a link or a button is its own.
    if (event.key === "Enter" && at.closest("a, button, summary, [role=button], [role=radio], [role=option]")) return;
    const button = buttons[event.key] && find(buttons[event.key]);
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  }, true);
})();
