"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Okabe and Ito's colours, which those who are colour-blind can tell apart; lighter on a dark ground. A mark and a dash for each as well.
  const palettes = {
    light: { ink: "#1b1f24", soft: "#59636e", line: "#d8dee4", paper: "#ffffff", ours: "#0072b2", filestream: "#d55e00", other: "#00845f", ceiling: "#6e7781" },
    dark: { ink: "#e4e8ec", soft: "#9ca7b2", line: "#2d353e", paper: "#171c22", ours: "#56b4e9", filestream: "#f08a3c", other: "#35c79a", ceiling: "#9ca7b2" },
  };
  const marks = { ours: "circle", filestream: "rect", other: "triangle", ceiling: "crossRot" };
  const dashes = { ours: [], filestream: [8, 3], other: [2, 3], ceiling: [1, 4] };
  let drawn = [];

  // 1 234 567, 12.5, 0.25
  const amount = value => {
    const digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2;
    const [whole, part] = Number(value.toFixed(digits)).toString().split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (part ? "." + part : "");
  };

  // Along an axis: 250k, 1.5M
  const brief = value => {
    for (const [size, sign] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
      if (Math.abs(value) >= size) {
        return Number((value / size).toPrecision(3)) + sign;
      }
    }

    return String(Number(value.toPrecision(3)));
  };

  const ranged = (series, i) => {
    const low = series.lowest[i];
    const high = series.highest[i];
    return low != null && high != null && low < high ? ` (${amount(low)} to ${amount(high)})` : "";
  };

  // Of a logarithmic axis not every line gets a number.
  const logarithmic = value => {
    const digit = Number(value.toExponential()[0]);
    return digit === 1 || digit === 2 || digit === 5 ? brief(value) : "";
  };

  const valueAxis = (chart, colours, title) => ({
    type: chart.is_logarithmic ? "logarithmic" : "linear",
    beginAtZero: !chart.is_logarithmic,
    title: { display: title !== "", text: title, color: colours.soft },
    grid: { color: colours.line },
    border: { color: colours.line },
    ticks: { color: colours.soft, callback: chart.is_logarithmic ? logarithmic : brief, maxTicksLimit: chart.is_logarithmic ? undefined : 7 },
  });

  const labelAxis = (colours, title, small) => ({
    type: "category",
    title: { display: title !== "", text: title, color: colours.soft },
    grid: { display: false },
    border: { color: colours.line },
    ticks: { color: colours.soft, autoSkip: !small, font: small ? { size: innerWidth < 600 ? 9 : 11 } : undefined },
  });

  const common = (chart, colours, label) => ({
    animation: false,
    maintainAspectRatio: false,
    locale: "en",
    plugins: {
      legend: {
        display: chart.series.length > 1,
        position: "bottom",
        labels: { color: colours.ink, usePointStyle: true, boxHeight: 8, padding: 14 },
      },
      tooltip: {
        backgroundColor: colours.ink, titleColor: colours.paper, bodyColor: colours.paper, usePointStyle: true, padding: 10, callbacks: { label },
      },
    },
  });

  const lines = (chart, colours) => ({
    type: "line",
    data: {
      labels: chart.labels,
      datasets: chart.series.map(series => ({
        label: series.name,
        data: series.values,
        borderColor: colours[series.style],
        backgroundColor: colours[series.style],
        borderDash: dashes[series.style],
        borderWidth: series.style === "ours" ? 3 : 2,
        pointStyle: marks[series.style],
        pointRadius: series.style === "ours" ? 5 : 4,
        pointHoverRadius: 7,
        spanGaps: true,
      })),
    },
    options: {
      ...common(chart, colours, item => {
        const series = chart.series[item.datasetIndex];
        return `${series.name}: ${amount(item.raw)}${ranged(series, item.dataIndex)}`;
      }),
      interaction: { mode: "index", intersect: false },
      scales: { x: labelAxis(colours, chart.x_title), y: valueAxis(chart, colours, chart.y_title) },
    },
  });

  // The value above each column.
  const above = {
    id: "above",
    afterDatasetsDraw(drawing) {
      const context = drawing.ctx;
      context.save();
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "bottom";
      context.fillStyle = drawing.options.plugins.legend.labels.color;
      drawing.data.datasets.forEach((set, index) => drawing.getDatasetMeta(index).data.forEach((column, i) => {
        if (set.data[i] != null) {
          context.fillText(amount(set.data[i]), column.x, column.y - 3);
        }
      }));
      context.restore();
    },
  };

  const columns = (chart, colours) => {
    const options = common(chart, colours, item => `${chart.series[item.datasetIndex].name}: ${amount(item.raw)}`);
    const axis = valueAxis(chart, colours, chart.y_title);
    if (chart.is_logarithmic) {
      axis.min = 1;
      axis.ticks.callback = value => Number.isInteger(Math.log10(value)) ? brief(value) : "";
    }

    options.scales = { x: labelAxis(colours, chart.x_title), y: axis };
    options.layout = { padding: { top: 18 } };
    return {
      type: "bar",
      data: {
        labels: chart.labels,
        datasets: chart.series.map(series => ({
          label: series.name,
          data: series.values,
          backgroundColor: colours[series.style],
          pointStyle: "rect",
          maxBarThickness: 72,
        })),
      },
      options,
      plugins: [above],
    };
  };

  // The line at 1.
  const unity = {
    id: "unity",
    beforeDatasetsDraw(drawing) {
      const x = drawing.scales.x.getPixelForValue(1);
      const { top, bottom, left, right } = drawing.chartArea;
      if (x >= left && x <= right) {
        drawing.ctx.save();
        drawing.ctx.strokeStyle = drawing.options.plugins.legend.labels.color;
        drawing.ctx.lineWidth = 1.5;
        drawing.ctx.beginPath();
        drawing.ctx.moveTo(x, top);
        drawing.ctx.lineTo(x, bottom);
        drawing.ctx.stroke();
        drawing.ctx.restore();
      }
    },
  };

  const ranges = (chart, colours) => {
    const series = chart.series[0];
    const options = common(chart, colours, item => `${amount(series.values[item.dataIndex])}${ranged(series, item.dataIndex)}`);
    const axis = valueAxis(chart, colours, chart.x_title);
    // The medians count: a single bad round shall not make them all look alike. What lies beyond is cut off.
    const medians = series.values.filter(value => value > 0);
    axis.min = Math.min(0.5, ...medians) * 0.8;
    axis.max = Math.max(2, ...medians) * 1.25;
    axis.ticks.maxRotation = 0;
    options.indexAxis = "y";
    options.scales = { x: axis, y: labelAxis(colours, "", true) };
    options.interaction = { mode: "index", axis: "y", intersect: false };
    options.plugins.tooltip.filter = item => item.datasetIndex === 0;
    return {
      data: {
        labels: chart.labels,
        datasets: [
          {
            type: "line",
            data: series.values.map((value, i) => ({ x: value, y: chart.labels[i] })),
            showLine: false,
            pointStyle: "circle",
            pointRadius: 5,
            pointHoverRadius: 7,
            backgroundColor: colours.ours,
            borderColor: colours.paper,
            pointBorderWidth: 1,
          },
          {
            type: "bar",
            data: series.values.map((value, i) => [series.lowest[i] || value, series.highest[i] || value]),
            backgroundColor: colours.ceiling,
            barThickness: 4,
            borderSkipped: false,
          },
        ],
      },
      options,
      plugins: [unity],
    };
  };

  const kinds = { lines, columns, ranges };

  const draw = colours => {
    drawn.forEach(drawing => drawing.destroy());
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn = [...document.querySelectorAll("canvas[data-chart]")].map(canvas => {
      const chart = data.charts[Number(canvas.dataset.chart)];
      return new Chart(canvas, kinds[chart.kind](chart, colours));
    });
  };

  const drawForScreen = () => draw(dark.matches ? palettes.dark : palettes.light);

  drawForScreen();
  dark.addEventListener("change", drawForScreen);
  addEventListener("beforeprint", () => draw(palettes.light));
  addEventListener("afterprint", drawForScreen);
})();
