/**
 * What a template engine would fill in: Jinja, Ansible and Helm (`{{ x }}`, `{% … %}`), a shell (`${x}`), ERB (`<%= x %>`),
 * Python (`%(x)s`). Here nothing does, and no host and no name has such characters.
 */
const TEMPLATE = /\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\$\{[^}]*\}|%\(\w+\)[sd]/su;

/** What to do about one. */
export const FILL_IN = "write the value, or render the file before it is committed";

/** The first template in a text; `undefined` where there is none. */
export function templateIn(text: string): string | undefined {
  return /[{$%]/.test(text) ? TEMPLATE.exec(text)?.[0] : undefined;
}
