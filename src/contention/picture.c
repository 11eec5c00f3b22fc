/* The fitted surface against the measured points, as SVG: a line over the pressure for every
 * kernel, from blue (little demand of its own) to red. */
#include <math.h>

#include "table.h"
#include "text.h"

enum { WIDTH = 860, HEIGHT = 460, LEFT = 60, RIGHT = 170, TOP = 40, BOTTOM = 50, STEPS = 120 };

typedef struct frame {
    const hax_contention_fit *fit;
    double external_most, slowdown_most;
} frame;

static double x_of(const frame *frame, double external)
{
    return LEFT + external / frame->external_most * (WIDTH - LEFT - RIGHT);
}

static double y_of(const frame *frame, double slowdown)
{
    double share = (slowdown - 1) / (frame->slowdown_most - 1);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
}

static int hue(const frame *frame, int kernel)
{
    enum { BLUE = 230 };
    return BLUE - BLUE * kernel / (frame->fit->table.own_count - 1);
}

/* A round distance between about five ticks. */
static double tick(double range)
{
    double power = pow(10, floor(log10(range / 5)));
    double step = range / 5 / power;
    return power * (step < 1.5 ? 1 : step < 3.5 ? 2 : step < 7.5 ? 5 : 10);
}

static void draw_axes(const frame *frame, hax_text *out)
{
    double step = tick(frame->external_most), rise = tick(frame->slowdown_most - 1);
    for (int k = 0; k * step <= frame->external_most * 1.0001; k++)
        hax_text_printf(out,
                        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n"
                        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>\n",
                        x_of(frame, k * step), HEIGHT - BOTTOM + 18, k * step,
                        x_of(frame, k * step), TOP, x_of(frame, k * step), HEIGHT - BOTTOM);
    for (int k = 0; k * rise <= (frame->slowdown_most - 1) * 1.0001; k++)
        hax_text_printf(out,
                        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n"
                        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
                        LEFT - 8, y_of(frame, 1 + k * rise) + 4, 1 + k * rise, LEFT,
                        y_of(frame, 1 + k * rise), WIDTH - RIGHT, y_of(frame, 1 + k * rise));
    hax_text_printf(out,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">demand of the other units, "
                    "GB/s</text>\n<text x=\"%d\" y=\"%d\">slowdown</text>\n",
                    (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, 10, TOP - 14);
}

static void draw_kernel(const frame *frame, int kernel, hax_text *out)
{
    const hax_pressure_table *table = &frame->fit->table;
    const hax_slowdown *slowdown = hax_contention_fit_slowdown(frame->fit);
    int colour = hue(frame, kernel);
    hax_text_printf(out,
                    "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"hsl(%d,70%%,45%%)\" "
                    "points=\"",
                    colour);
    for (int s = 0; s <= STEPS; s++) {
        double external = frame->external_most * s / STEPS;
        hax_text_printf(
            out, "%.1f,%.1f ", x_of(frame, external),
            y_of(frame, hax_slowdown_value(slowdown, table->own_gbps[kernel], external)));
    }
    hax_text_append(out, "\"/>\n");
    for (int j = 0; j < table->external_count; j++)
        hax_text_printf(out,
                        "<circle r=\"3\" fill=\"hsl(%d,70%%,45%%)\" cx=\"%.1f\" cy=\"%.1f\"/>\n",
                        colour, x_of(frame, table->external_gbps[j]),
                        y_of(frame, frame->fit->slowdown[kernel * table->external_count + j]));
    hax_text_printf(out,
                    "<text x=\"%d\" y=\"%d\" fill=\"hsl(%d,70%%,35%%)\">%.3g GB/s alone</text>\n",
                    WIDTH - RIGHT + 14, TOP + 12 + 16 * kernel, colour, table->own_gbps[kernel]);
}

static frame frame_of(const hax_contention_fit *fit)
{
    const hax_pressure_table *table = &fit->table;
    int cells = table->own_count * table->external_count;
    frame result = { fit, table->external_gbps[table->external_count - 1], 1.1 };
    for (int c = 0; c < cells; c++)
        result.slowdown_most =
            fmax(result.slowdown_most,
                 fmax(fit->slowdown[c], fit->slowdown[c] + (fit->chosen == HAX_SLOWDOWN_PCCS
                                                                ? fit->pccs.residual[c]
                                                                : fit->bilinear.residual[c])));
    return result;
}

hax_status hax_contention_fit_svg(const hax_contention_fit *fit, char **svg, hax_error *err)
{
    const frame axes = frame_of(fit);
    hax_text out = { 0 };
    hax_text_printf(
        &out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
        "<text x=\"%d\" y=\"20\" font-size=\"14\">measured (points) and %s "
        "(lines), median error %.1f %%</text>\n",
        WIDTH, HEIGHT, LEFT + 60,
        fit->chosen == HAX_SLOWDOWN_PCCS ? "the three regions" : "the table",
        100 * (fit->chosen == HAX_SLOWDOWN_PCCS ? fit->pccs : fit->bilinear).error.median);
    draw_axes(&axes, &out);
    for (int kernel = 0; kernel < fit->table.own_count; kernel++)
        draw_kernel(&axes, kernel, &out);
    hax_text_append(&out, "</svg>\n");
    return hax_text_give(&out, svg, "a picture", err);
}
