# memory.gp - memory of a call against the sequence length, all of it and its workspace, and what it consists of.
plots = ARG0[1:strlen(ARG0) - strlen("memory.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"
load plots . "bars_size.gp"

x_title = "sequence length"
y_title = "memory"
y_log = 1
spread = 1
guide_count = 0
page_below = all_bars_height + (bar_panel_count > 0 ? 14 : 0)

load plots . "curves.gp"
if (bar_panel_count > 0) {
    bars_top = page_height - footer - all_bars_height
    load plots . "bars.gp"
}
unset multiplot
unset output
