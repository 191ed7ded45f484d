// Numbers as Grafana writes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format } from '../../crates/observe/assets/console/units.js';

const table = (rows) => {
  for (const [value, unit, decimals, text] of rows) assert.equal(format(value, unit, decimals), text, `${value} ${unit} ${decimals}`);
};

test('plain numbers have about three figures unless somebody says how many', () =>
  table([
    [0, 'none', undefined, '0'],
    [1234.5678, 'none', undefined, '1235'],
    [0.05, 'none', undefined, '0.0500'],
    [1 / 3, 'none', undefined, '0.333'],
    [2, 'none', 2, '2.00'],
    [-0.0001, 'none', 2, '0.00'],
    [1e25, 'none', undefined, '1e+25'],
    [Number.POSITIVE_INFINITY, 'short', undefined, '∞'],
    [Number.NaN, 's', undefined, 'NaN'],
  ]));

test('short numbers have names for their thousands', () =>
  table([
    [999, 'short', undefined, '999'],
    [1000, 'short', undefined, '1 K'],
    [1_234_567, 'short', 1, '1.2 Mil'],
    [-1500, 'short', undefined, '-1.50 K'],
    [0.25, 'short', undefined, '0.250'],
  ]));

test('shares', () =>
  table([
    [0.9999, 'percentunit', 2, '99.99%'],
    [0.5, 'percentunit', undefined, '50%'],
    [99.5, 'percent', 1, '99.5%'],
  ]));

test('times take the unit that fits', () =>
  table([
    [0.0042, 's', undefined, '4.20 ms'],
    [0.000_004_2, 's', 1, '4.2 µs'],
    [1.5, 's', undefined, '1.50 s'],
    [90, 's', undefined, '1.50 mins'],
    [7200, 's', undefined, '2 hours'],
    [172_800, 's', undefined, '2 days'],
    [250, 'ms', undefined, '250 ms'],
    [1500, 'ms', undefined, '1.50 s'],
    [0, 's', undefined, '0 s'],
    [60, 's', undefined, '1 mins'],
    [93_784, 'dtdurations', undefined, '1 day, 2 hours'],
    [3661, 'dthms', undefined, '01:01:01'],
  ]));

test('bytes by 1024, bits and rates by 1000', () =>
  table([
    [0, 'bytes', undefined, '0 B'],
    [1023, 'bytes', undefined, '1023 B'],
    [1024, 'bytes', undefined, '1 KiB'],
    [1_610_612_736, 'bytes', undefined, '1.50 GiB'],
    [1000, 'decbytes', undefined, '1 kB'],
    [1_500_000, 'bps', undefined, '1.50 Mb/s'],
    [2048, 'binBps', undefined, '2 KiB/s'],
    [2048, 'kbytes', undefined, '2 MiB'],
    [1e6, 'Bps', undefined, '1 MB/s'],
  ]));

test('rates and money', () =>
  table([
    [12.345, 'reqps', 1, '12.3 req/s'],
    [1500, 'ops', undefined, '1.50 K ops/s'],
    [1_250_000, 'currencyMXN', 2, '$1.25M'],
    [-5, 'currencyMXN', undefined, '-$5'],
    [3, 'suffix:piezas', undefined, '3 piezas'],
    [3, 'prefix:n°', undefined, 'n°3'],
    [1500, 'si:W', undefined, '1.50 kW'],
    [5, 'parsecs', undefined, '5 parsecs'],
  ]));
