// Lints and renders a chart with Helm's own packages. The whole of Helm takes minutes to compile; this part of it does not.
//
//	renderer CHART RELEASE NAMESPACE VALUES…
//
// Writes the documents of `helm template` to standard output, in the order of their files, hooks among them; what
// `helm lint --strict` says goes to standard error and ends it with status 1.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: renderer CHART RELEASE NAMESPACE [VALUES…]")
		os.Exit(2)
	}
	// The rules and dashboards are symbolic links, which it would say each time.
	slog.SetLogLoggerLevel(slog.LevelWarn)
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder, release, namespace string, files []string) error {
	values, err := read(files)
	if err != nil {
		return err
	}
	for _, message := range lint.RunAll(folder, values, namespace).Messages {
		if message.Severity >= support.WarningSev {
			return message
		}
	}
	return render(folder, values, common.ReleaseOptions{Name: release, Namespace: namespace, IsInstall: true, Revision: 1})
}

// read merges files of values, the later ones over the earlier, as `helm -f` does.
func read(files []string) (map[string]any, error) {
	merged := map[string]any{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		values, err := loader.LoadValues(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		merged = loader.MergeMaps(merged, values)
	}
	return merged, nil
}

func render(folder string, values map[string]any, release common.ReleaseOptions) error {
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	checked, err := util.ToRenderValues(chart, values, release, nil)
	if err != nil {
		return err
	}
	texts, err := engine.Render(chart, checked)
	if err != nil {
		return err
	}
	var names []string
	for name, text := range texts {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(text) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Printf("---\n# Source: %s\n%s\n", name, strings.TrimSpace(texts[name]))
	}
	return nil
}
