package train

import "tweedie/internal/figure"

// LossFigure draws the losses of a run against its steps: of training and, where it has reports
// of it, of validation. It errs without reports.
func LossFigure(axes figure.Axes, reports []Report) (*figure.Figure, error) {
	loss, held := figure.Series{Name: "training"}, figure.Series{Name: "validation, averaged parameters"}
	for _, r := range reports {
		loss.X, loss.Y = append(loss.X, float64(r.Step)), append(loss.Y, r.Loss)
		if r.Validation != 0 {
			held.X, held.Y = append(held.X, float64(r.Step)), append(held.Y, r.Validation)
		}
	}
	if len(held.X) == 0 {
		return figure.Curve(axes, loss)
	}
	return figure.Curve(axes, loss, held)
}
