# token.gp - time per token against the sequence length: flat where time is in proportion to the length.
plots = ARG0[1:strlen(ARG0) - strlen("token.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

x_title = "sequence length"
y_title = "time per token"
y_log = 1
page_below = 0
spread = 1
guide_count = 0

load plots . "curves.gp"
unset multiplot
unset output
