import { problemAt } from '../yaml/check-shape.ts';
import type { Problem } from '../yaml/problem.ts';
import type { FieldPath, YamlDocument } from '../yaml/yaml-document.ts';
import type { ConfigFile } from './config-schema.ts';

type Finding = readonly [path: FieldPath, message: string, remedy: string];

/** What one field of a configuration means for another. */
export function crossCheck(document: YamlDocument, file: ConfigFile): readonly Problem[] {
  const findings = [
    ...limitFindings(file),
    ...scopeFindings(file),
    ...file.freeze.flatMap((_, index) => freezeFindings(file, index)),
    ...tellFindings(file),
    ...twiceNamed(file),
    ...moneyFindings(file),
    ...approvalFindings(file),
  ];
  return findings.map(([path, message, remedy]) => problemAt(document, path, { message, remedy }));
}

function limitFindings({ limits, executors, gitea }: ConfigFile): readonly Finding[] {
  const { breaker } = limits;
  return [
    ...(breaker.failures > breaker.of
      ? [
          [
            ['limits', 'breaker'],
            `${breaker.failures} failures cannot be among the last ${breaker.of} proofs`,
            'write failures not larger than of, such as { failures: 3, of: 5 }',
          ] as const,
        ]
      : []),
    ...(new Set(executors).size < executors.length
      ? [[['executors'], 'an executor is named twice', 'name each once: [gitea, direct]'] as const]
      : []),
    ...(gitea === undefined && executors.every((one) => one === 'gitea')
      ? [
          [
            ['executors'],
            'only gitea may carry out changes, and gitea is not configured',
            'add the section gitea, or direct to executors',
          ] as const,
        ]
      : []),
  ];
}

function scopeFindings({ changes }: ConfigFile): readonly Finding[] {
  return (['allow', 'never'] as const).flatMap((list) =>
    changes[list].flatMap((scope, index): readonly Finding[] =>
      Object.keys(scope).length > 0
        ? []
        : [
            [
              ['changes', list, index],
              'an empty line means everything',
              'name namespaces, kinds or actions; everything is namespaces: ["*"]',
            ],
          ],
    ),
  );
}

function freezeFindings({ freeze }: ConfigFile, index: number): readonly Finding[] {
  const window = freeze[index];
  if (window === undefined) return [];
  const dates = [window.from, window.until].filter((one) => one !== undefined).length;
  const cron = [window.cron, window.for].filter((one) => one !== undefined).length;
  const path = ['freeze', index];
  if (!(dates === 2 && cron === 0) && !(dates === 0 && cron === 2)) {
    return [
      [
        path,
        `the freeze "${window.name}" is neither from and until nor cron and for`,
        'write { from: 2026-12-20, until: 2027-01-06 } or { cron: "0 22 28 * *", for: 8h }',
      ],
    ];
  }
  const backwards = window.from !== undefined && window.until !== undefined && window.until <= window.from;
  return backwards
    ? [[[...path, 'until'], `the freeze "${window.name}" ends before it begins`, 'write until after from']]
    : [];
}

function tellFindings({ tell }: ConfigFile): readonly Finding[] {
  const { ifThatFails } = tell;
  if (ifThatFails === undefined) return [];
  const channels = [ifThatFails.ntfy, ifThatFails.webhook, ifThatFails.smtp].filter(
    (one) => one !== undefined,
  );
  return channels.length === 1
    ? []
    : [
        [
          ['tell', 'ifThatFails'],
          `${channels.length} channels where one is expected`,
          'write one of ntfy, webhook or smtp',
        ],
      ];
}

function twiceNamed({ access, freeze }: ConfigFile): readonly Finding[] {
  return [
    ...access.flatMap((entry, index): readonly Finding[] =>
      access.findIndex(({ name }) => name === entry.name) === index
        ? []
        : [
            [
              ['access', index, 'name'],
              `the name "${entry.name}" is taken`,
              'give each person and machine a name of its own: the record shows it',
            ],
          ],
    ),
    ...freeze.flatMap((window, index): readonly Finding[] =>
      freeze.findIndex(({ name }) => name === window.name) === index
        ? []
        : [
            [
              ['freeze', index, 'name'],
              `the name "${window.name}" is taken`,
              'give each freeze a name of its own',
            ],
          ],
    ),
  ];
}

function moneyFindings({ budget }: ConfigFile): readonly Finding[] {
  if (budget === undefined) return [];
  const { currency } = budget.monthly;
  return Object.entries(budget.prices).flatMap(([name, price]): readonly Finding[] =>
    price.currency === currency
      ? []
      : [
          [
            ['budget', 'prices', name],
            `the price is in ${price.currency}, the budget in ${currency}`,
            `write the price in ${currency}`,
          ],
        ],
  );
}

function approvalFindings({ approval, timings }: ConfigFile): readonly Finding[] {
  if (timings.approval === undefined || timings.approval === approval.expires) return [];
  return [
    [['timings', 'approval'], 'says something else than approval.expires', 'write only approval.expires'],
  ];
}
