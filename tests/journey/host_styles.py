"""What style sheets of ordinary websites say of elements and names that a form has, too."""

SMALL_ROOT = "html { font-size: 62.5% } body { font: 1.6rem/1 Georgia, serif; color: #666 }"

# As Bootstrap's, whose names are everybody's: what they mean there is not what they mean here.
NAMES = """
.error, .bad, .summary, .notice, .help, .tag, .unit, .slip, .steps, .saving, .here, .away {
  display: none }
.card { position: relative; display: flex; flex-direction: column; background: #fff; border: 0;
  padding: 0 }
.row { display: flex; margin-inline: -12px } .row > * { flex: none; width: 100%; padding-inline:
  12px }
.group, .choice, .boxes, .before, .q, .files, .rows { float: left; width: 50%; border-radius:
  20px; margin: 0 }
.button, .send, .second { background: none; color: #0af; border: 0; text-transform: uppercase }
.name, .soft, .reference { font-size: 8px; opacity: .3; letter-spacing: 3px }
.live, .plain { display: block } .vh, .trap { position: static; clip-path: none }
"""

# As resets do it: Tailwind's, Normalize, Eric Meyer's.
RESET = """
*, ::before, ::after { box-sizing: content-box; margin: 0; padding: 0; border: 0 solid #e5e7eb }
button, input, select, textarea { font: inherit; color: inherit; border: 0; padding: 0;
  background: none;
  appearance: none; -webkit-appearance: none; outline: none; min-height: 0; border-radius: 0 }
h1, h2, h3 { font-size: inherit; font-weight: inherit } a { color: inherit; text-decoration:
  none }
ol, ul { list-style: none; padding: 0; margin: 0 } label { display: inline; font-weight: 400 }
fieldset, legend { padding: 0; float: none; width: auto } legend { display: none } progress {
  display: none }
summary { display: block; list-style: none } strong { font-weight: inherit } :focus-visible {
  outline: none }
"""

# As people write for their own forms, with the id of a part of the page before it.
OWN_FORMS = """
main { text-align: center; text-transform: uppercase; letter-spacing: .2em; line-height: 3;
  color: #fff;
  font-style: italic; white-space: nowrap; word-spacing: 1em; cursor: wait; text-indent: 3em }
#content form label::after { content: " *"; color: red } #content .container input { height:
  20px; width: 90px }
#content p { font-size: 9px; margin: 0 } #content form fieldset { display: inline-block; border:
  9px solid red }
#content form button { position: fixed; bottom: 0 } #content div { transition: all 3s;
  transform: skew(3deg) }
"""

ALL = {"small root": SMALL_ROOT, "names": NAMES, "reset": RESET, "own forms": OWN_FORMS}
